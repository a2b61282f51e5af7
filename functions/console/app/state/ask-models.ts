import { send } from './api.ts';
import { type ExplainedDecision, toDecision } from './explained-decision.ts';
import { type CallPiece, type GrowingCall, withPiece } from './growing-call.ts';
import { readEvents } from './read-events.ts';
import type { Decision } from './replies.ts';

/** Until its first words a model may think so long, in milliseconds; whoever does not want to wait stops it. */
const MAX_THINK_MS = 600_000;

export type Content = string | ({ type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } })[];

export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export type Message =
  | { role: 'user'; content: Content }
  | { role: 'assistant'; content: string | null; tool_calls?: readonly ToolCall[] }
  | { role: 'tool'; tool_call_id: string; content: string };

/** What a conversation has beside its messages. */
export interface Settings {
  /** What the models are told first; empty for nothing. */
  system: string;
  /** Functions that they may ask for; null for none. */
  tools: readonly unknown[] | null;
}

/** What came of one model so far. */
export interface Answer {
  model: string;
  text: string;
  toolCalls: readonly GrowingCall[];
  error: string | null;
  requestId: string | null;
  provider: string | null;
  promptTokens: number | null;
  completionTokens: number | null;
  /** Dollars, a decimal. */
  cost: string | null;
  firstMs: number | null;
  wholeMs: number | null;
  /** Endpoints that were thought of, with what was thought of them. */
  decision: Decision | null;
}

interface Frame {
  id?: string;
  provider?: string;
  choices?: { delta?: { content?: string | null; tool_calls?: CallPiece[] } }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  cost?: string;
  mesh?: { decision?: ExplainedDecision };
  comparison?: { index: number };
  error?: { message: string };
}

/** What the playground sends: one model by chat, several by compare. */
export function toRequest(models: readonly string[], messages: readonly Message[], { system, tools }: Settings) {
  const shared = {
    messages: system === '' ? messages : [{ role: 'system', content: system }, ...messages],
    ...(tools === null ? {} : { tools }),
    stream: true,
  };
  return models.length === 1
    ? { path: '/v1/chat/completions', body: { model: models[0], ...shared } }
    : { path: '/v1/chat/compare', body: { models, ...shared } };
}

/** Asks one or more models and tells of their answers as they grow, at most once for each frame of the screen. Throws `ApiProblem`. */
export async function askModels(
  models: readonly string[],
  { path, body }: ReturnType<typeof toRequest>,
  tell: (answers: Answer[]) => void,
  signal: AbortSignal,
): Promise<Answer[]> {
  const began = performance.now();
  const answers = models.map(noAnswer);
  let isDue = false;
  const show = () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      tell([...answers]);
    });
  };
  const reply = await send(path, {
    method: 'POST',
    body,
    headers: { 'x-mesh-explain': '1' },
    signal,
    maxWaitMs: MAX_THINK_MS,
  });
  for await (const frame of readEvents<Frame>(reply)) {
    const at = frame.comparison?.index ?? 0;
    const answer = answers[at];
    if (answer === undefined) continue;
    answers[at] = withFrame(answer, frame, Math.round(performance.now() - began));
    show();
    // An answer that fails half way ends with that.
    if (frame.error !== undefined && models.length === 1) break;
  }
  return answers;
}

/** A new one, so that only what has changed is shown anew. */
function withFrame(before: Answer, frame: Frame, ms: number): Answer {
  const { content, tool_calls = [] } = frame.choices?.[0]?.delta ?? {};
  const text = content ?? '';
  const { usage } = frame;
  return {
    ...before,
    text: before.text + text,
    toolCalls: tool_calls.reduce<readonly GrowingCall[]>(withPiece, before.toolCalls),
    error: frame.error?.message ?? before.error,
    requestId: frame.id ?? before.requestId,
    provider: frame.provider ?? before.provider,
    promptTokens: usage?.prompt_tokens ?? before.promptTokens,
    completionTokens: usage?.completion_tokens ?? before.completionTokens,
    cost: typeof frame.cost === 'string' ? frame.cost : before.cost,
    firstMs: before.firstMs ?? (text === '' ? null : ms),
    wholeMs: ms,
    decision: frame.mesh?.decision === undefined ? before.decision : toDecision(frame.mesh.decision),
  };
}

function noAnswer(model: string): Answer {
  return {
    model,
    text: '',
    toolCalls: [],
    error: null,
    requestId: null,
    provider: null,
    promptTokens: null,
    completionTokens: null,
    cost: null,
    firstMs: null,
    wholeMs: null,
    decision: null,
  };
}
