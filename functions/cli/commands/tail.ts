import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import { UnreachedError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples, toCount } from '../terminal/options.ts';
import { cutTo, plainLines, plainText } from '../terminal/plain-text.ts';

interface TailOptions extends CommonOptions {
  lines: number;
  follow: boolean;
  owner?: string;
}

interface RequestEvent {
  id: string;
  created_at: string;
  model: string | null;
  requested_model: string | null;
  outcome: string | null;
  error: string | null;
  prompt_tokens: number;
  completion_tokens: number;
  cost: { amount: string; currency: string };
  total_ms: number;
}

/** As many as the API gives at once. */
const MOST_LINES = 200;
const DEFAULT_LINES = 10;
const POLL_MS = 1_000;
/** Requests that are remembered as shown: more than one look can find. */
const MOST_SEEN = 1_000;
const MODEL_WIDTH = 30;

export function register(command: Command, context: Context): void {
  command
    .option('-n, --lines <count>', 'how many of the past', toCount(0, MOST_LINES), DEFAULT_LINES)
    .option('--no-follow', 'end after those')
    .option('--owner <id>', 'of another owner; takes the admin key')
    .action((_: unknown, self: Command) => tail(self.optsWithGlobals<TailOptions>(), context));
  addExamples(command, [
    ['mesh tail', 'the last ten, and each new one'],
    ['mesh tail -n 50 --no-follow --json', 'the last fifty, a JSON object a line'],
  ]);
}

async function tail(options: TailOptions, context: Context): Promise<void> {
  const fresh = freshEvents(options, context);
  let events = (await fresh()).slice(0, options.lines);
  for (;;) {
    for (const event of events.reverse()) show(event, options, context);
    if (!options.follow) return;
    events = await later(fresh, context);
  }
}

/** What is fresh a moment later. A router that is started anew is waited for, and that is told once. */
async function later(fresh: () => Promise<RequestEvent[]>, context: Context): Promise<RequestEvent[]> {
  for (let isTold = false; ; isTold = true) {
    await pause(POLL_MS);
    try {
      return await fresh();
    } catch (error) {
      if (!(error instanceof UnreachedError)) throw error;
      if (!isTold) context.complain(plainLines(`mesh: ${error.message} Waiting for it …`));
    }
  }
}

/** Gives, each time, the requests that it has not given before, the newest first. */
function freshEvents({ owner, ...options }: TailOptions, context: Context): () => Promise<RequestEvent[]> {
  const connection = connect(context, options);
  const as = owner === undefined ? 'key' : 'admin';
  const body = { limit: MOST_LINES, owner_id: owner };
  const seen = new Set<string>();
  return async () => {
    const { data } = await callRouter(context, connection, { method: 'POST', path: '/v1/usage/events', as, body });
    const fresh = (data as RequestEvent[]).filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    for (const id of [...seen].slice(0, -MOST_SEEN)) seen.delete(id);
    return fresh;
  };
}

function show(event: RequestEvent, options: CommonOptions, context: Context): void {
  context.write(`${options.json ? JSON.stringify(event) : describe(event, context.columns)}\n`);
}

function describe(event: RequestEvent, columns: number | null): string {
  const { created_at, model, requested_model, outcome, error, cost } = event;
  const parts = [
    created_at.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length).replace('T', ' '),
    (model ?? requested_model ?? '–').padEnd(MODEL_WIDTH),
    `${event.prompt_tokens}+${event.completion_tokens} tokens`,
    `${cost.amount} ${cost.currency}`,
    `${event.total_ms} ms`,
    outcome === 'finished' ? null : [outcome, error].filter(Boolean).join(' '),
    event.id,
  ];
  const line = plainText(parts.filter(Boolean).join('  '));
  return columns === null ? line : cutTo(line, columns);
}
