import { styleText } from 'node:util';
import type { Command } from 'commander';
import { callRouter, send } from '../client/call-router.ts';
import { type Connection, connect } from '../client/connection.ts';
import { CliError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { plainText } from '../terminal/plain-text.ts';
import { showResult } from '../terminal/show-result.ts';
import { hasColour } from '../terminal/show-table.ts';
import { describeUnserved, unservedProviders } from './unserved-providers.ts';

interface Finding {
  check: string;
  outcome: 'ok' | 'failed' | 'skipped';
  detail: string;
}

/** Seconds that two clocks may differ: more, and times of requests cannot be compared. */
const MOST_SKEW_S = 60;
const LIMIT_MS = 10_000;

export function register(command: Command, context: Context): void {
  command.action((_: unknown, self: Command) => examine(self.optsWithGlobals<CommonOptions>(), context));
  addExamples(command, [
    ['mesh doctor', 'a line for each thing that must be right'],
    ['mesh doctor --json', 'for a program; the exit code says it too'],
  ]);
}

async function examine(options: CommonOptions, context: Context): Promise<void> {
  const connection = connect(context, options);
  const findings = await findAll(context, connection);
  showResult(context, options, findings, () => {
    const width = Math.max(...findings.map(({ check }) => check.length));
    for (const finding of findings) context.write(`${describe(finding, width, hasColour(context))}\n`);
  });
  const failed = findings.filter(({ outcome }) => outcome === 'failed').length;
  if (failed > 0) throw new CliError(failed === 1 ? '1 check failed.' : `${failed} checks failed.`);
}

/** Nothing is asked of a router that is not there. */
async function findAll(context: Context, connection: Connection): Promise<Finding[]> {
  const { url, key, adminKey } = connection;
  const reached = await lookAt('router', async () => {
    const before = performance.now();
    await get('/healthz');
    return `${url} answers in ${Math.round(performance.now() - before)} ms`;
  });
  if (reached.outcome === 'failed') return [reached];
  const withKey = (check: string, work: () => Promise<string>) =>
    key === null ? skipped(check, 'no key: MESH_KEY, --key-file, mesh login') : lookAt(check, work);
  return [
    reached,
    await lookAt('store', async () => {
      const { store, models } = await ready();
      if (store !== 'ok') throw new CliError(`it cannot be written: ${store}`);
      return `it can be written, ${models} models are served`;
    }),
    await lookAt('clock', () => compareClocks(context, connection)),
    await withKey('key', async () => {
      const { data } = await get('/v1/key', 'key');
      return `${data.label ?? data.id}${data.limit_remaining === null ? '' : `, may spend ${data.limit_remaining} USD more`}`;
    }),
    await withKey('balance', async () => {
      const { available_usd, currency } = await get('/v1/balance', 'key');
      if (!/[1-9]/.test(available_usd) || available_usd.startsWith('-')) throw new CliError('nothing is available');
      return `${available_usd} USD are available, kept in ${currency}`;
    }),
    await withKey('models', async () => {
      const { data, models } = await get('/v1/models', 'key');
      return `${data.length} may be used, ${models.length} of them with tools`;
    }),
    ...(key === null ? [] : await lookAtProviders()),
    ...(await lookAtUnserved()),
    adminKey === null
      ? skipped('admin key', 'none; administration takes one')
      : await lookAt('admin key', async () => {
          await get('/v1/owners?limit=1', 'admin');
          return 'it works';
        }),
  ];

  // biome-ignore lint/suspicious/noExplicitAny: as callRouter's.
  function get(path: string, as?: 'key' | 'admin'): Promise<any> {
    const signal = AbortSignal.timeout(LIMIT_MS);
    return callRouter(context, connection, as === undefined ? { path, signal } : { path, as, signal });
  }

  async function ready(): Promise<{ store: string; models: number }> {
    const reply = await send(context, connection, { path: '/readyz', signal: AbortSignal.timeout(LIMIT_MS) });
    return (await reply.json()) as { store: string; models: number };
  }

  /** Not to have a provider's credential is no fault: it may not be wanted. */
  async function lookAtUnserved(): Promise<Finding[]> {
    if (adminKey === null) return [skipped('other providers', 'the router tells the admin key alone which lack what')];
    try {
      const unserved = await unservedProviders(context, connection, LIMIT_MS);
      return unserved.map((each) => skipped(`provider ${each.provider}`, describeUnserved(each)));
    } catch (error) {
      return [skipped('other providers', error instanceof Error ? error.message : String(error))];
    }
  }

  /** A provider is served where its credential is there; one that was refused has its breakers open. */
  async function lookAtProviders(): Promise<Finding[]> {
    let health: Health[] = [];
    const asked = await lookAt('providers', async () => {
      health = (await get('/v1/health/endpoints', 'key')).endpoints;
      return `${health.length} endpoints`;
    });
    if (asked.outcome === 'failed') return [asked];
    const providers = Map.groupBy(health, ({ provider }) => provider);
    return [...providers].map(([provider, all]) => describeProvider(provider, all));
  }
}

interface Health {
  provider: string;
  available: boolean;
  breaker: { state: string; reason: string | null };
}

function describeProvider(provider: string, endpoints: readonly Health[]): Finding {
  const out = endpoints.filter(({ available }) => !available);
  const reasons = [...new Set(out.map(({ breaker }) => breaker.reason ?? breaker.state))].join(', ');
  const check = `provider ${provider}`;
  if (out.length === endpoints.length)
    return { check, outcome: 'failed', detail: `no endpoint is available: ${reasons}` };
  const but = out.length === 0 ? '' : `; of the others: ${reasons}`;
  return {
    check,
    outcome: 'ok',
    detail: `${endpoints.length - out.length} of ${endpoints.length} endpoints are available${but}`,
  };
}

/** Within the time that the answer took, and the second that the header is rounded to. */
async function compareClocks(context: Context, connection: Connection): Promise<string> {
  const reply = await send(context, connection, { path: '/healthz', signal: AbortSignal.timeout(LIMIT_MS) });
  const there = Date.parse(reply.headers.get('date') ?? '');
  if (Number.isNaN(there)) return 'the router says no time';
  const seconds = Math.round((context.now() - there) / 1_000);
  if (Math.abs(seconds) > MOST_SKEW_S) throw new CliError(`this machine’s is ${seconds} s away from the router’s`);
  return `this machine’s and the router’s agree within ${MOST_SKEW_S} s`;
}

async function lookAt(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, outcome: 'ok', detail: await work() };
  } catch (error) {
    return { check, outcome: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

function skipped(check: string, detail: string): Finding {
  return { check, outcome: 'skipped', detail };
}

const marks = { ok: ['✓', 'green'], failed: ['✗', 'red'], skipped: ['–', 'yellow'] } as const;

function describe({ check, outcome, detail }: Finding, width: number, colour: boolean): string {
  const [mark, shade] = marks[outcome];
  const shown = colour ? styleText(shade, mark, { validateStream: false }) : mark;
  return `${shown} ${plainText(check).padEnd(width)} ${plainText(detail)}`;
}
