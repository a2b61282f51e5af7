import { hash } from 'node:crypto';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { askLightly } from '../client/ask-lightly.ts';
import { type Connection, connect } from '../client/connection.ts';
import { configFolder, readIfThere, writePrivate } from '../client/settings-file.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { plainText } from '../terminal/plain-text.ts';

interface StatusOptions extends CommonOptions {
  refresh?: string;
}

/** What Claude Code says of itself on standard input. https://code.claude.com/docs/en/statusline */
interface Told {
  session_id?: string;
  model?: { id?: string; display_name?: string };
}

/** Figures as they were last seen. */
interface Figures {
  at: number;
  costUsd: string;
  /** Of all input; null where there was none. */
  cachedPercent: number | null;
  availableUsd: string;
}

interface Usage {
  total: { cost_usd: string; prompt_tokens: number; cached_tokens: number };
}

interface Balance {
  available_usd: string;
}

/** From the start of this process to its answer; the rest of 100 ms is Node's own end. */
const ANSWER_MS = 85;
/** The router is given at least so long, however long the start took. */
const LEAST_WAIT_MS = 10;
/** Younger figures are not asked for again. */
const FRESH_MS = 2_000;
const REFRESH_LIMIT_MS = 5_000;
/** The longest session that is added up. */
const SESSION_DAYS = 30;
const DAY_MS = 86_400_000;

export function register(command: Command, context: Context): void {
  command
    .addOption(new Option('--refresh <session>', 'only fetches figures, for the next time').hideHelp())
    .action((_: unknown, self: Command) => showStatus(self.optsWithGlobals<StatusOptions>(), context));
  addExamples(command, [
    ['echo \'{"session_id": "…"}\' | mesh statusline', 'model, session’s cost, cached share, balance'],
    ['"statusLine": {"type": "command", "command": "mesh statusline"}', 'in ~/.claude/settings.json'],
  ]);
}

/** Answers in a tenth of a second: where the router takes longer, with the last figures, and lets others be fetched for the next time. */
async function showStatus({ refresh, ...options }: StatusOptions, context: Context): Promise<void> {
  const connection = connect(context, options);
  if (refresh !== undefined) {
    await fetchFigures(context, connection, refresh, AbortSignal.timeout(REFRESH_LIMIT_MS));
    return;
  }
  const told = parseTold(context.stdin.isTTY ? '' : await readAll(context.stdin));
  const session = told.session_id ?? '';
  const last = readFigures(context, connection, session);
  const isFresh = last !== null && context.now() - last.at < FRESH_MS;
  const figures = isFresh ? last : ((await fetchInTime(context, connection, session)) ?? last);
  const line = describeStatus(told, figures);
  if (options.json) context.write(`${JSON.stringify({ ...told, figures })}\n`);
  else context.write(`${line}\n`);
  // A name that is still being looked up would keep it waiting.
  context.leave();
}

async function fetchInTime(context: Context, connection: Connection, session: string): Promise<Figures | null> {
  const wait = Math.max(LEAST_WAIT_MS, ANSWER_MS - context.elapsed());
  try {
    return await fetchFigures(context, connection, session, AbortSignal.timeout(Math.round(wait)));
  } catch {
    if (connection.key !== null) await refreshLater(context, connection, session);
    return null;
  }
}

/** In a process of its own, that outlives this one. Its key is in its environment. */
async function refreshLater(
  { self: [program, ...args], env }: Context,
  { url, key }: Connection,
  session: string,
): Promise<void> {
  const { spawn } = await import('node:child_process');
  const own = { ...env, MESH_URL: url, MESH_KEY: key ?? undefined };
  const later = spawn(program, [...args, 'statusline', '--refresh', session], {
    detached: true,
    stdio: 'ignore',
    env: own,
  });
  later.on('error', () => {});
  later.unref();
}

/** Asks the router, and remembers. */
async function fetchFigures(
  context: Context,
  connection: Connection,
  session: string,
  signal: AbortSignal,
): Promise<Figures> {
  const start = new Date(context.now() - SESSION_DAYS * DAY_MS).toISOString();
  const body = { group_by: ['model'], session: session || undefined, start };
  if (connection.key === null) throw new Error('There is no key.');
  const [usage, balance] = await Promise.all([
    askLightly<Usage>(connection, { method: 'POST', path: '/v1/usage', body, signal }),
    askLightly<Balance>(connection, { path: '/v1/balance', signal }),
  ]);
  const { cost_usd, prompt_tokens, cached_tokens } = usage.total;
  const cachedPercent = prompt_tokens === 0 ? null : Math.round((100 * cached_tokens) / prompt_tokens);
  const figures = { at: context.now(), costUsd: cost_usd, cachedPercent, availableUsd: balance.available_usd };
  writePrivate(cachePath(context, connection, session), `${JSON.stringify(figures)}\n`);
  return figures;
}

function readFigures(context: Context, connection: Connection, session: string): Figures | null {
  try {
    return JSON.parse(readIfThere(cachePath(context, connection, session)) ?? 'null') as Figures | null;
  } catch {
    return null;
  }
}

/** A file a session and key: a session’s name is its client’s own text. */
function cachePath(context: Context, { url, key }: Connection, session: string): string {
  const name = hash('sha256', JSON.stringify([url, key, session]));
  return join(configFolder(context), 'statusline', `${name}.json`);
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let words = '';
  for await (const part of stream.setEncoding('utf8')) words += part;
  return words;
}

function parseTold(words: string): Told {
  try {
    return (JSON.parse(words) as Told | null) ?? {};
  } catch {
    return {};
  }
}

const CENT_DECIMALS = 4;

/** `openai/gpt-5-mini · $0.0213 · 84 % cached · $9.97 left` */
function describeStatus({ model }: Told, figures: Figures | null): string {
  const name = model?.id ?? model?.display_name;
  if (figures === null) return plainText([name, 'no figures yet'].filter(Boolean).join(' · '));
  const { costUsd, cachedPercent, availableUsd } = figures;
  const parts = [
    name,
    `$${cutDecimals(costUsd, CENT_DECIMALS)}`,
    cachedPercent === null ? null : `${cachedPercent} % cached`,
    `$${cutDecimals(availableUsd, 2)} left`,
  ];
  return plainText(parts.filter(Boolean).join(' · '));
}

/** Cut, not rounded: nobody has more than is shown. */
function cutDecimals(amount: string, decimals: number): string {
  const [whole = '0', rest = ''] = amount.split('.');
  return `${whole}.${rest.padEnd(decimals, '0').slice(0, decimals)}`;
}
