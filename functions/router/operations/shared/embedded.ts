import { takesDimensions } from '../../../core/endpoints/embedding-rules.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { MeshError } from '../../../core/errors.ts';
import { noUsage } from '../../../core/money/usage.ts';
import type { EmbedRequest } from '../../../formats/embed/embed-request.ts';
import type { Embedder, Vector } from '../../../formats/embed/embedder.ts';
import { embedders } from '../../../formats/embed/embedders.ts';
import { splitInputs } from '../../../formats/embed/split-inputs.ts';
import type { WholePiece } from '../../../formats/shared/facts.ts';
import { upstreamFormats } from '../../../formats/upstream-formats.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import type { PartsExchange, UpstreamText, WholeReader } from '../../way/operation.ts';

/** The vectors of an answer, each as JSON, in the order of the inputs. */
export type Written = readonly string[];

/** Numbers of all vectors of one answer: its text has up to 20 bytes for each, and is in memory at once. */
export const MAX_ANSWER_NUMBERS = 8_388_608;

/**
 * Asks an endpoint for embeddings, in as many requests as it needs: what every operation shares whose answer is vectors. `write`
 * makes the JSON of one that its client gets; it is called as replies come, so that nothing large is left for the end. Null
 * where the endpoint cannot: the number of dimensions, ids of tokens that mean nothing to it.
 */
export function embedded(
  request: EmbedRequest,
  endpoint: Endpoint,
  write: (vector: Vector) => string,
): PartsExchange<never, Written> | null {
  const { embedding } = endpoint;
  if (embedding === null || !takesDimensions(embedding, request.dimensions)) return null;
  if (embedding.tokenIds !== 'own' && request.inputs.some(({ text }) => text === null)) return null;
  // What it makes anyway need not be asked for.
  const asked = request.dimensions === embedding.dimensions ? { ...request, dimensions: null } : request;
  const numbers = request.dimensions ?? embedding.dimensions;
  refuseTooMany(request, numbers);
  const embedder = embedders[embedding.shape];
  const parts = () => splitInputs(request.inputs, numbers, endpoint);
  return {
    requests() {
      const [first, ...others] = parts().map((inputs) => embedder.request({ ...asked, inputs }, endpoint));
      if (first === undefined) throw new Error('there is no input to embed');
      return [first, ...others];
    },
    decoder: null,
    reader: () => new VectorReader(parts(), numbers, embedder, write),
    failure: upstreamFormats[endpoint.format].failure,
  };
}

function refuseTooMany({ inputs }: EmbedRequest, numbers: number | null): void {
  if (inputs.length * (numbers ?? 1) <= MAX_ANSWER_NUMBERS) return;
  throw new MeshError('invalid_request_error', {
    param: 'input',
    message: `All vectors of one answer may have ${MAX_ANSWER_NUMBERS} numbers together: send fewer inputs, or ask for fewer dimensions.`,
  });
}

/** Reads replies in any order. A vector that is missing or of another length than the rest is an answer that failed. */
class VectorReader implements WholeReader<Written> {
  readonly #counts: readonly number[];
  readonly #embedder: Embedder;
  readonly #write: (vector: Vector) => string;
  readonly #written: Written[] = [];
  /** Numbers of each vector; null as long as none has come and nobody said. */
  #numbers: number | null;
  /** Null as soon as one reply did not say. */
  #tokens: number | null = 0;

  constructor(
    parts: readonly (readonly unknown[])[],
    numbers: number | null,
    embedder: Embedder,
    write: (vector: Vector) => string,
  ) {
    this.#counts = parts.map(({ length }) => length);
    this.#numbers = numbers;
    this.#embedder = embedder;
    this.#write = write;
  }

  async read(reply: UpstreamText, at: number): Promise<void> {
    const { vectors, tokens } = this.#embedder.read(reply);
    if (vectors.length !== this.#counts[at]) throw unequal('as many vectors as there were inputs');
    this.#numbers ??= vectors[0]?.length ?? null;
    if (vectors.some(({ length }) => length !== this.#numbers)) throw unequal('vectors of the length asked for');
    this.#tokens = tokens === null || this.#tokens === null ? null : this.#tokens + tokens;
    this.#written[at] = await inSlices(this.#writing(vectors));
  }

  *#writing(vectors: readonly Vector[]): Generator<void, Written> {
    const written: string[] = [];
    for (const vector of vectors) {
      written.push(this.#write(vector));
      yield;
    }
    return written;
  }

  whole(): WholePiece<Written> {
    const usage = this.#tokens === null ? null : { ...noUsage, input: this.#tokens };
    return { whole: this.#written.flat(), facts: { texts: [], marks: 0, usage } };
  }
}

function unequal(what: string): MeshError {
  return new MeshError('upstream_error', { message: `The provider did not send ${what}.` });
}
