import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { type RouterCall, refused, send } from '../client/call-router.ts';
import { type Connection, connect } from '../client/connection.ts';
import { readEvents } from '../client/read-events.ts';
import { CliError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { plainLines, plainText } from '../terminal/plain-text.ts';

interface ChatOptions extends CommonOptions {
  model: string;
  system?: string;
}

interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export function register(command: Command, context: Context): void {
  command
    .argument('[words...]', 'the question; else standard input, else a conversation')
    .option('-m, --model <model>', 'the model', 'auto')
    .option('--system <text>', 'what it is to be')
    .action((words: string[], _: unknown, self: Command) =>
      chat(words.join(' '), self.optsWithGlobals<ChatOptions>(), context),
    );
  addExamples(command, [
    ['mesh chat "What is a lease?"', 'one answer, by the model that auto chooses'],
    ['mesh chat -m mesh/echo', 'a conversation; Ctrl-D ends it'],
    ['git diff | mesh chat --system "Write a commit message" --json', 'of standard input, whole, as JSON'],
  ]);
}

async function chat(question: string, options: ChatOptions, context: Context): Promise<void> {
  const connection = connect(context, options);
  const messages: Message[] = options.system === undefined ? [] : [{ role: 'system', content: options.system }];
  const asked = question !== '' ? question : context.stdin.isTTY ? null : await text(context.stdin);
  if (asked === null) return converse(connection, messages, options, context);
  if (asked.trim() === '') throw new CliError('There was no question.');
  await answer(connection, [...messages, { role: 'user', content: asked }], options, context);
}

async function converse(
  connection: Connection,
  messages: Message[],
  options: ChatOptions,
  context: Context,
): Promise<void> {
  const lines = createInterface({ input: context.stdin, output: process.stderr, prompt: '> ' });
  let asking: AbortController | null = null;
  let isOver = false;
  lines.on('close', () => {
    isOver = true;
  });
  // Ctrl-C breaks off an answer that comes; where none does it ends the conversation.
  lines.on('SIGINT', () => (asking === null ? lines.close() : asking.abort()));
  lines.prompt();
  for await (const line of lines) {
    if (line.trim() !== '') {
      asking = new AbortController();
      const { signal } = asking;
      messages.push(...(await exchange(line, signal)));
      asking = null;
    }
    // Ctrl-D may have come while an answer did.
    if (!isOver) lines.prompt();
  }

  /** A question and its answer. What fails is told and forgotten: the conversation goes on without it. */
  async function exchange(content: string, signal: AbortSignal): Promise<Message[]> {
    const question: Message = { role: 'user', content };
    try {
      const said = await answer(connection, [...messages, question], options, context, signal);
      return [question, { role: 'assistant', content: said }];
    } catch (error) {
      if (signal.aborted) context.write('\n');
      else context.complain(plainLines(`mesh: ${(error as Error).message}`));
      return [];
    }
  }
}

/** Prints the answer as it comes, its cost beside it; gives its text. */
async function answer(
  connection: Connection,
  messages: readonly Message[],
  { model, json = false }: ChatOptions,
  context: Context,
  signal?: AbortSignal,
): Promise<string> {
  const body = { model, messages, stream: !json };
  const call: RouterCall = { method: 'POST', path: '/v1/chat/completions', as: 'key', body };
  const reply = await send(context, connection, signal === undefined ? call : { ...call, signal });
  if (!reply.ok || reply.body === null) throw refused(reply.status, await reply.text());
  if (json) {
    const whole = (await reply.json()) as Whole;
    context.write(`${JSON.stringify(whole, null, 2)}\n`);
    return whole.choices?.[0]?.message?.content ?? '';
  }
  let said = '';
  let last: Frame = {};
  for await (const data of readEvents(reply.body)) {
    const frame = JSON.parse(data) as Frame;
    if (frame.error !== undefined) throw new CliError(`The answer broke off: ${frame.error.message}`);
    const piece = frame.choices?.[0]?.delta?.content ?? '';
    said += piece;
    // A model may say, or be made to say, what would steer the terminal. Into a file goes what it said.
    context.write(context.columns === null ? piece : plainLines(piece));
    last = frame;
  }
  context.write('\n');
  if (context.isWatched && last.cost) context.complain(plainText(`${last.model}, ${last.cost} USD`));
  return said;
}

/** Of a stream of chat chunks. */
interface Frame {
  model?: string;
  cost?: string;
  choices?: { delta?: { content?: string | null } }[];
  error?: { message: string };
}

/** Of a chat completion in one piece. */
interface Whole {
  choices?: { message?: { content?: string | null } }[];
}
