import { z } from 'zod';
import { ClientGone, hasLeft } from '../../../core/client-gone.ts';
import { MeshError, toMeshError } from '../../../core/errors.ts';
import { formatAmount, NANO_DECIMALS, parseDecimal } from '../../../core/money/money.ts';
import { parseChatRequest } from '../../../formats/chat/parse-request.ts';
import { chatBody } from '../../../formats/chat/request-body.ts';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { ChatChunk, ChatCompletion } from '../../../formats/pivot/chat-completion.ts';
import { chatRequestSchema } from '../../../formats/pivot/chat-request.ts';
import type { PivotRequest } from '../../../formats/pivot/upstream-format.ts';
import { DONE_FRAME, EVENT_STREAM } from '../../../formats/shared/sse.ts';
import type { Refusal } from '../../../formats/shared/surface.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import { authenticate } from '../../access/authenticate.ts';
import { requestDefaults } from '../../access/request-defaults.ts';
import { type Call, sendJson } from '../../http/call.ts';
import { openEventStream } from '../../http/event-stream.ts';
import { reportRefusal } from '../../http/report-refusal.ts';
import { type Ask, explainError, partOf } from '../../way/ask.ts';
import { countingFailures } from '../../way/count-requests.ts';
import type { Operation, Parsed } from '../../way/operation.ts';
import type { Output, OutputStream } from '../../way/output.ts';
import { serveRequest } from '../../way/serve-request.ts';
import type { Services } from '../../way/services.ts';
import { readRequest } from '../shared/read-request.ts';
import { toAsk, toldOf } from '../shared/serve-call.ts';
import { withTemplate } from '../shared/with-template.ts';
import { chatOperation, encodeChat, toParsed } from './chat.ts';
import type { completionReply } from './reply-schemas.ts';

export const MIN_COMPARED = 2;
export const MAX_COMPARED = 10;

const names = chatRequestSchema.shape.model;

/** What a comparison has beside the chat request: named as in Mesh API's own clients. */
const compareFields = z.object({
  models: z.array(names).min(MIN_COMPARED).max(MAX_COMPARED),
  model_overrides: z
    .array(
      z.object({
        model: names,
        temperature: chatRequestSchema.shape.temperature,
        max_tokens: chatRequestSchema.shape.max_tokens,
        system_prompt: z.string().nullish().describe('Instead of the conversation’s own.'),
      }),
    )
    .nullish()
    .describe('What is different for one of the models.'),
  skip_comparison: z.boolean().nullish(),
  comparison_model: z.string().nullish(),
  comparison_instructions: z.string().nullish(),
});
type CompareFields = z.infer<typeof compareFields>;

/** A chat request with the models to compare instead of the one to ask. */
export const compareBody = chatBody.omit({ model: true }).extend(compareFields.shape);

/** One model's part of a comparison. */
interface Part {
  index: number;
  /** As the caller named it. */
  model: string;
  parsed: Parsed<PivotRequest>;
  ask: Ask;
}

/** What became of a part; of a stream only how it failed, since its client has the rest. */
interface Result {
  index: number;
  model: string;
  /** From the call's arrival to the end of this answer. */
  latencyMs: number;
  /** The completion, as JSON. */
  body: z.infer<typeof completionReply> | null;
  error: MeshError | null;
}

/**
 * `POST /v1/chat/compare`: one conversation to several models at once. Each is a request of its own, held, routed, answered and
 * charged as if it had come alone, so one that fails takes nothing from the others. Whole, the reply has all results in the
 * models' order; streamed, chunks come as they do, each marked with its part. Where nothing came of any of them the reply is
 * the first one's error.
 */
export async function compare(call: Call, services: Services): Promise<undefined> {
  const key = await authenticate(call, services.keys);
  const whole = toAsk(call, key, chatOperation);
  const parts = await countingFailures(whole, services, async () => {
    const asked = { body: await readRequest(call, whole, services), defaults: requestDefaults(call, key) };
    const { body, defaults } = await withTemplate(asked, key, services.templates);
    return inSlices(toParts(whole, body, defaults, services), () => call.gone.throwIfAborted());
  });
  // Each part listens for the client's leaving.
  call.res.setMaxListeners(0);
  const shared = parts[0]?.parsed.streamType == null ? null : shareStream(call);

  const results = await Promise.all(
    parts.map(async (part): Promise<Result> => {
      let body: Result['body'] = null;
      const { index, model, ask, parsed } = part;
      const output: Output = {
        openStream: () => {
          if (shared === null) throw new Error('a whole answer opened a stream');
          return shared.partStream;
        },
        sendWhole: (json) => {
          body = JSON.parse(json) as Result['body'];
        },
      };
      const served = countingFailures(ask, services, () =>
        serveRequest(ask, operationOf(part), parsed, output, services),
      );
      const error = await served.then(
        () => null,
        (thrown: unknown) => {
          if (thrown instanceof ClientGone) throw thrown;
          const failure = toMeshError(thrown);
          const { metrics } = services.telemetry;
          reportRefusal(metrics, { span: ask.span, told: toldOf(ask) }, failure.code, failure.status);
          return failure;
        },
      );
      ask.span?.end();
      if (error !== null) shared?.tellError(part, error);
      return { index, model, latencyMs: Math.round(services.clock.monotonic() - call.startedAt), body, error };
    }),
  );

  if (shared?.hasBegun()) {
    shared.end();
    return;
  }
  const [first] = results;
  if (first?.error && results.every(({ error }) => error !== null)) throw first.error;
  const totalMs = Math.round(services.clock.monotonic() - call.startedAt);
  sendJson(call, 200, JSON.stringify(describeComparison(call, results, parts, totalMs)));
}

function* toParts(
  whole: Ask,
  raw: unknown,
  defaults: Readonly<Record<string, unknown>>,
  services: Services,
): Generator<void, Part[]> {
  const parsed = compareFields.safeParse(raw);
  if (!parsed.success) throw toValidationError(parsed.error);
  const { models, model_overrides, skip_comparison, comparison_model, comparison_instructions, ...shared } = {
    ...(raw as Record<string, unknown>),
    ...parsed.data,
  };
  const judge = { comparison_model, comparison_instructions };
  for (const [param, value] of Object.entries(judge)) {
    if (skip_comparison || value == null) continue;
    throw new MeshError('invalid_request_error', {
      param,
      message: 'Answers are put side by side; no model judges them.',
    });
  }
  const parts: Part[] = [];
  for (const [index, model] of models.entries()) {
    // Who compares wants these models, and no other in their place.
    const body = { ...shared, ...overridesFor(model, model_overrides, shared), model, models: [] };
    const parsed = toParsed(yield* parseChatRequest(body, defaults));
    parts.push({ index, model, parsed, ask: partOf(whole, `.${index}`, services.mintId('req')) });
  }
  return parts;
}

/** Chat, whose frames say which part they are of, and leave the end of the stream to the comparison. */
function operationOf(part: Part): Operation<PivotRequest, ChatChunk, ChatCompletion> {
  return {
    ...chatOperation,
    encoder(request, head) {
      const encoder = encodeChat(request, head, { marks: marksOf(part), end: '' });
      return { ...encoder, fail: (error) => errorFrame(part, head.refusal(error)) };
    },
  };
}

function marksOf({ index, model }: Part) {
  return { comparison: { index, model } };
}

function errorFrame(part: Part, body: Refusal['body']): string {
  return openaiSurface.frame({ ...marksOf(part), ...body, request_id: part.ask.id });
}

function refusalOf({ ask: { id: requestId, label, meshSdk, ...ask } }: Part, error: MeshError): Refusal {
  return openaiSurface.refuse(error, { requestId, label, meshSdk, more: explainError(ask) });
}

/** What of the conversation is different for one model. */
function overridesFor(
  model: string,
  overrides: CompareFields['model_overrides'],
  { messages }: { messages?: unknown },
) {
  const found = overrides?.find((each) => each.model === model);
  if (found === undefined) return {};
  const { temperature, max_tokens, system_prompt } = found;
  const own = (messages as { role: string }[]).filter(({ role }) => role !== 'system' && role !== 'developer');
  return {
    ...(temperature == null ? {} : { temperature }),
    ...(max_tokens == null ? {} : { max_tokens, max_completion_tokens: undefined }),
    ...(system_prompt == null ? {} : { messages: [{ role: 'system', content: system_prompt }, ...own] }),
  };
}

interface SharedStream {
  /** Each part's, which ends with the last part. */
  partStream: OutputStream;
  tellError(part: Part, error: MeshError): void;
  hasBegun(): boolean;
  end(): void;
}

/** One event stream for all parts. Errors wait for the first answer: where none comes, they are the reply. */
function shareStream(call: Call): SharedStream {
  const out = openEventStream(call, EVENT_STREAM, () => ({}));
  let begun = false;
  let untold = '';
  let lastWords = '';

  function begin(): string {
    begun = true;
    const frames = untold;
    untold = '';
    return frames;
  }
  const put = (frames: string) => out.write(begin() + frames);
  /** Whoever has left by then needs nothing more. */
  const putLast = (frames: string) => {
    if (hasLeft(call)) return;
    // Ended from our side it takes no more, but for what each part says of that.
    if (call.gone.aborted) lastWords += frames;
    else put(frames)?.catch(() => {});
  };

  return {
    partStream: {
      write: (frames) => (frames === '' ? undefined : put(frames)),
      end: putLast,
      fail: putLast,
    },
    tellError(part, error) {
      const frame = errorFrame(part, refusalOf(part, error).body);
      if (begun) putLast(frame);
      else untold += frame;
    },
    hasBegun: () => begun,
    end: () => (call.gone.aborted ? out.fail(lastWords) : out.end(DONE_FRAME)),
  };
}

/** As Mesh API's own clients read it; they have nothing for what it cost. */
function describeComparison(call: Call, results: readonly Result[], parts: readonly Part[], totalMs: number) {
  const costs = results.flatMap(({ body }) => (body === null ? [] : [parseDecimal(body.cost, NANO_DECIMALS) ?? 0n]));
  return {
    comparison_id: call.requestId,
    object: 'chat.compare',
    created: Math.floor(call.arrivedAt / 1_000),
    models: results.map(({ model }) => model),
    results: results.map(({ index, model, latencyMs, body, error }) => {
      const part = parts[index];
      const told =
        error === null || part === undefined
          ? null
          : (refusalOf(part, error).body.error as { code: string; message: string });
      return {
        index,
        model,
        response_body: body,
        content: body?.choices[0]?.message.content ?? null,
        usage: body?.usage ?? null,
        cost: body?.cost ?? null,
        latency_ms: latencyMs,
        error: told?.message ?? null,
        error_code: told?.code ?? null,
        request_id: part?.ask.id ?? call.requestId,
      };
    }),
    cost: formatAmount(costs.reduce((sum, cost) => sum + cost, 0n)),
    total_latency_ms: totalMs,
    /** Whether some of them failed. */
    partial: results.some(({ error }) => error !== null),
    // No model judges the answers.
    comparison: null,
    comparison_model: null,
    comparison_usage: null,
    comparison_fallback_used: false,
    skip_comparison: true,
  };
}
