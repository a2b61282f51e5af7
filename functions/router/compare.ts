import { z } from 'zod';
import { type MeshError, toMeshError } from '../core/errors.ts';
import { formatAmount, NANO_DECIMALS, parseDecimal } from '../core/money.ts';
import { chatRequestSchema } from '../formats/chat/chat-request.ts';
import { type ParsedBody, parseChatRequest, toValidationError } from '../formats/chat/parse-chat-request.ts';
import { encodeFrame } from '../formats/sse.ts';
import { authenticate } from './authenticate.ts';
import { type Call, ClientGone, partOf, sendJson } from './call.ts';
import { serveChat } from './complete.ts';
import { encodeError } from './encode-error.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import type { Output } from './output.ts';
import { readJson } from './read-json.ts';
import type { Router } from './router.ts';

export const MIN_COMPARED = 2;
export const MAX_COMPARED = 10;

const names = chatRequestSchema.shape.model;

/** A chat request with the models to compare instead of the one to ask. */
export const compareBody = chatRequestSchema.omit({ model: true }).extend({
  models: z.array(names).min(MIN_COMPARED).max(MAX_COMPARED),
});

/** One model's part of a comparison. */
interface Part {
  index: number;
  /** As the caller named it. */
  model: string;
  body: ParsedBody;
  call: Call;
}

/** What became of a part; of a stream only how it failed, since its client has the rest. */
interface Result {
  index: number;
  model: string;
  /** From the call's arrival to the end of this answer. */
  latency_ms: number;
  response: Record<string, unknown> | null;
  error: MeshError | null;
}

/**
 * `POST /v1/chat/compare`: one conversation to several models at once. Each is a request of its own, held, routed, answered and
 * charged as if it had come alone, so one that fails takes nothing from the others. Whole, the reply has all results in the
 * models' order; streamed, chunks come as they do, each marked with its part. Where nothing came of any of them the reply is
 * the first one's error.
 */
export async function compare(call: Call, router: Router): Promise<void> {
  const key = await authenticate(call, router.keys);
  const parts = toParts(call, await readJson(call), key.defaults, router);
  // Each part listens for the client's leaving.
  call.res.setMaxListeners(0);
  const streams = parts[0]?.body.chat.stream === true;
  const shared = streams ? shareStream(call) : null;

  const results = await Promise.all(
    parts.map(async (part): Promise<Result> => {
      let response: Result['response'] = null;
      const { index, model } = part;
      const output: Output = {
        marks: { comparison: { index, model } },
        openStream: () => {
          if (shared === null) throw new Error('a whole answer opened a stream');
          return shared.partStream(part);
        },
        sendWhole: (json) => {
          response = JSON.parse(json) as Record<string, unknown>;
        },
      };
      const error = await serveChat(part.call, key, part.body, output, router).then(
        () => null,
        (thrown: unknown) => {
          if (thrown instanceof ClientGone) throw thrown;
          return toMeshError(thrown);
        },
      );
      if (error !== null) shared?.tellError(part, error);
      return { index, model, latency_ms: Math.round(router.clock.monotonic() - call.startedAt), response, error };
    }),
  );

  if (shared?.hasBegun()) {
    shared.end();
    return;
  }
  const [first] = results;
  if (first?.error && results.every(({ error }) => error !== null)) throw first.error;
  sendJson(call, 200, encodeComparison(call, results, parts));
}

function toParts(call: Call, raw: unknown, defaults: Readonly<Record<string, unknown>>, router: Router): Part[] {
  const parsed = compareBody.safeParse(raw);
  if (!parsed.success) throw toValidationError(parsed.error);
  return parsed.data.models.map((model, index) => ({
    index,
    model,
    // Who compares wants these models, and no other in their place.
    body: parseChatRequest({ ...(raw as object), model, models: [] }, defaults),
    call: partOf(call, `.${index}`, router.mintId('req')),
  }));
}

interface SharedStream {
  partStream(part: Part): EventStream;
  tellError(part: Part, error: MeshError): void;
  hasBegun(): boolean;
  end(): void;
}

/** One event stream for all parts. Errors wait for the first answer: where none comes, they are the reply. */
function shareStream(call: Call): SharedStream {
  const out = openEventStream(call, () => ({}));
  let begun = false;
  let untold = '';

  function begin(): string {
    begun = true;
    const frames = untold;
    untold = '';
    return frames;
  }
  const put = (frames: string) => out.write(begin() + frames);
  const errorFrame = ({ index, model, call: own }: Part, body: unknown) =>
    encodeFrame({ comparison: { index, model }, ...(body as object), request_id: own.requestId });

  return {
    partStream: (part) => ({
      write: (frames) => (frames === '' ? Promise.resolve() : put(frames)),
      end: (frames) => void put(frames).catch(() => {}),
      fail: (body) => void put(errorFrame(part, body)).catch(() => {}),
    }),
    tellError(part, error) {
      const frame = errorFrame(part, encodeError(error, part.call).body);
      if (begun) void put(frame).catch(() => {});
      else untold += frame;
    },
    hasBegun: () => begun,
    end: () => out.end(''),
  };
}

function encodeComparison(call: Call, results: readonly Result[], parts: readonly Part[]): string {
  const costs = results.flatMap(({ response }) => (typeof response?.cost === 'string' ? [response.cost] : []));
  return JSON.stringify({
    id: call.requestId,
    object: 'chat.comparison',
    created: Math.floor(call.arrivedAt / 1_000),
    results: results.map(({ index, model, latency_ms, response, error }) => ({
      index,
      model,
      latency_ms,
      usage: response?.usage ?? null,
      cost: response?.cost ?? null,
      response,
      error: error === null ? null : encodeError(error, parts[index]?.call ?? call).body.error,
    })),
    cost: formatAmount(costs.reduce((sum, cost) => sum + (parseDecimal(cost, NANO_DECIMALS) ?? 0n), 0n)),
  });
}
