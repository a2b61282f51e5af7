import { send } from './api.ts';
import { readEvents } from './read-events.ts';

export type Content = string | ({ type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } })[];

export interface Message {
  role: 'user' | 'assistant';
  content: Content;
}

/** What came of one model so far. */
export interface Answer {
  model: string;
  text: string;
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
  decision: unknown;
}

interface Frame {
  id?: string;
  provider?: string;
  choices?: { delta?: { content?: string | null } }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  cost?: string;
  mesh?: { decision?: unknown };
  comparison?: { index: number };
  error?: { message: string };
}

/** What the playground sends: one model by chat, several by compare. */
export function toRequest(models: readonly string[], messages: readonly Message[]) {
  const shared = { messages, stream: true };
  return models.length === 1
    ? { path: '/v1/chat/completions', body: { model: models[0], ...shared } }
    : { path: '/v1/chat/compare', body: { models, ...shared } };
}

/** Asks one or more models and tells of their answers as they grow, at most once for each frame of the screen. Throws `ApiProblem`. */
export async function askModels(
  models: readonly string[],
  messages: readonly Message[],
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
      tell(answers.map((each) => ({ ...each })));
    });
  };
  const { path, body } = toRequest(models, messages);
  const reply = await send(path, { method: 'POST', body, headers: { 'x-mesh-explain': '1' }, signal });
  if (reply.body === null) return answers;
  for await (const frame of readEvents<Frame>(reply.body)) {
    const answer = answers[frame.comparison?.index ?? 0];
    if (answer === undefined) continue;
    take(answer, frame, Math.round(performance.now() - began));
    show();
  }
  return answers;
}

function take(answer: Answer, frame: Frame, ms: number): void {
  const text = frame.choices?.[0]?.delta?.content ?? '';
  if (text !== '') answer.firstMs ??= ms;
  answer.text += text;
  answer.requestId = frame.id ?? answer.requestId;
  answer.provider = frame.provider ?? answer.provider;
  if (frame.error !== undefined) answer.error = frame.error.message;
  if (frame.usage) {
    answer.promptTokens = frame.usage.prompt_tokens;
    answer.completionTokens = frame.usage.completion_tokens;
  }
  if (typeof frame.cost === 'string') answer.cost = frame.cost;
  answer.decision = frame.mesh?.decision ?? answer.decision;
  answer.wholeMs = ms;
}

function noAnswer(model: string): Answer {
  return {
    model,
    text: '',
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
