import type { Candidate, InputMeasure } from '../../core/routing/quote.ts';
import type { Surface } from '../../formats/shared/surface.ts';
import type { Answer } from './answer.ts';
import { type Ask, explainError } from './ask.ts';
import type { Encoder, Head } from './operation.ts';
import type { Output } from './output.ts';
import type { Services } from './services.ts';
import type { Serving } from './serving.ts';
import { streamAnswer } from './stream-answer.ts';
import { wholeAnswer } from './whole-answer.ts';

/** The answer to a request, as a stream or whole. `headers`: what is known of its routing when the first byte leaves. */
export function openAnswer<Request, Frame, Whole>(
  serving: Serving<Request, Frame, Whole>,
  input: InputMeasure,
  auto: boolean,
  output: Output,
  headers: () => Record<string, string>,
  services: Services,
): Answer {
  const { ask, operation, parsed } = serving;
  const fingerprint = `fp_${services.catalogue().version}`;
  let encoder: Encoder<Frame, Whole> | null = null;
  const encoderFor = (candidate: Candidate) => {
    const head = { ...headOf(ask, operation.surface, candidate, input), auto, fingerprint };
    encoder = operation.encoder(parsed.request, head);
    return encoder;
  };
  const ping = () => encoder?.ping?.() ?? operation.surface.ping;
  const { streamType } = parsed;
  if (streamType === null) {
    return wholeAnswer(serving, encoderFor, (json) => output.sendWhole(json, headers()), services);
  }
  return streamAnswer(serving, encoderFor, output.openStream(streamType, headers, ping), services);
}

function headOf(
  ask: Ask,
  surface: Surface,
  { endpoint }: Candidate,
  input: InputMeasure,
): Omit<Head, 'auto' | 'fingerprint'> {
  const { id: requestId, label, meshSdk, arrivedAt } = ask;
  return {
    id: requestId,
    created: Math.floor(arrivedAt / 1000),
    model: endpoint.modelId,
    provider: endpoint.provider,
    meshSdk,
    inputEstimate: input.estimatedTokens,
    refusal: (error) => surface.refuse(error, { requestId, label, meshSdk, more: explainError(ask) }).body,
  };
}
