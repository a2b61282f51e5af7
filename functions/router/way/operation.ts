import type { Model } from '../../catalogue/catalogue.ts';
import type { EffortLevel } from '../../core/endpoints/effort.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { MeshError } from '../../core/errors.ts';
import type { Candidate } from '../../core/routing/quote.ts';
import type { Needs } from '../../core/routing/selection.ts';
import type { Signals } from '../../core/routing/signals.ts';
import type { UpstreamBody } from '../../formats/pivot/upstream-format.ts';
import type { AnswerBill, AnswerHead } from '../../formats/shared/answer.ts';
import type { Decoder, WholePiece } from '../../formats/shared/facts.ts';
import type { OwnerSeal } from '../../formats/shared/owner-seal.ts';
import type { Surface } from '../../formats/shared/surface.ts';
import type { Key } from '../access/key-cache.ts';
import type { Ask } from './ask.ts';

/**
 * What is different between the things that models are asked for: chat completions today, and every other format or kind of
 * work. All that is the same stands in `serve-request.ts`. An operation is pure: no I/O, no clock, nothing kept between
 * requests but in the decoders and encoders that it makes.
 *
 * `Frame` is a piece of a streamed answer, `Whole` an answer that came at once, both between the exchange, which makes them
 * of an upstream's bytes, and the encoder, which writes them for the client.
 */
export interface Operation<Request, Frame, Whole> {
  /** As traces and metrics name it. */
  readonly name: string;
  /** The shape of its errors, and what keeps its streams alive. */
  readonly surface: Surface;
  /** Whether its requests are chat's, into which a template can be filled. */
  readonly takesTemplates?: boolean;
  /**
   * Reads a request; a large one in slices. `defaults` stand where it says nothing. Throws `invalid_request_error`; no message
   * quotes the request.
   */
  parse(incoming: Incoming, defaults: Readonly<Record<string, unknown>>): Parsed<Request> | Promise<Parsed<Request>>;
  /** What it asks of a model, and where it says nothing, its key's policy. A large request is measured in slices. */
  needs(request: Request, key: Key): RequestNeeds | Promise<RequestNeeds>;
  /** How an endpoint is asked; null for one that cannot be, which is then no candidate. */
  exchange(request: Request, ask: Ask, endpoint: Endpoint): Exchange<Frame, Whole> | null;
  /** What the head of an answer says beside its routing; of the endpoint that is asked, null where none is yet. */
  headers?(request: Request, endpoint: Endpoint | null): Record<string, string>;
  /** A new one for each answer: it may keep state. */
  encoder(request: Request, head: Head): Encoder<Frame, Whole>;
}

/** A call as it came. */
export interface Incoming {
  /** Parsed JSON. */
  body: unknown;
  /** What the pattern of the path captured. */
  param: string;
  query: URLSearchParams;
  /** In lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Seals what a client is to carry, for the owner of its key. */
  seal: OwnerSeal;
}

export interface Parsed<Request> {
  request: Request;
  /** What an idempotency key stands for: the same key with another body is refused. */
  body: unknown;
  /** The media type of the stream that the answer is to come as; null where it is to come whole. */
  streamType: string | null;
  /** Whom of its users the caller says that it is for. */
  user?: string | null | undefined;
  /** The caller's own limit of time; null for none. Milliseconds. */
  timeoutMs: number | null;
}

/** What a request needs, of the models and then of their endpoints. */
export interface RequestNeeds extends Needs {
  kind: Model['type'];
  /** The model that it names, or `auto`. */
  model: string;
  /** Models to try where that one fails; null where nobody said so. */
  fallbackModels: readonly string[] | null;
  /** The effort of reasoning that it names; null for none. */
  effort: EffortLevel | null;
  /** Whether it asks the model to think. */
  reasons: boolean;
  /** What can be read off the request without understanding it; asked for only where the model is `auto`. */
  signals(): Signals;
  /** Path of the first thing that only its own format has a word for, so that no other can be asked; null for none. */
  needed?: string | null;
  /** How its caller calls what may be too much: the input, and the limit of the output. */
  params: { input: string; output: string };
}

/** One attempt at one endpoint. */
export type Exchange<Frame, Whole> = WholeExchange<Frame, Whole> | PartsExchange<Frame, Whole>;

interface AnyExchange<Frame> {
  /** What is sent. One for most; several where an endpoint takes less at once than was asked for: then whole answers only. */
  requests(candidate: Candidate): readonly [UpstreamBody, ...UpstreamBody[]];
  /** A new one for each stream; null where it cannot stream. */
  decoder: (() => Decoder<Frame>) | null;
  /** A reply with any other status, classified and scrubbed. `headers` have lower-case names. */
  failure(status: number, headers: Readonly<Record<string, string>>, body: string): MeshError;
}

/** Whose replies are read together. */
export interface WholeExchange<Frame, Whole> extends AnyExchange<Frame> {
  /** Replies with a 2xx status, in the order of the requests. Throws what they say went wrong, and `upstream_error` for garbage. */
  whole(replies: readonly [UpstreamText, ...UpstreamText[]]): WholePiece<Whole>;
}

/** Whose replies are many and large: each is read as soon as it is there, so that none is kept. */
export interface PartsExchange<Frame, Whole> extends AnyExchange<Frame> {
  /** A new one for each attempt. */
  reader(): WholeReader<Whole>;
}

/** Reads the replies to several requests. */
export interface WholeReader<Whole> {
  /** A 2xx, in any order; `at` is the place of its request. What it throws ends the attempt, and nothing more is asked. */
  read(reply: UpstreamText, at: number): void | Promise<void>;
  /** When all have been read. */
  whole(): WholePiece<Whole>;
}

export interface UpstreamText {
  /** In lower case: some providers count tokens there. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

/** What is known of an answer before its first byte. */
export interface Head extends AnswerHead {
  /** Whether one of Mesh's own SDKs asks. */
  meshSdk: boolean;
  /** Likely tokens of the input. */
  inputEstimate: number;
  /** An error of this request, in its surface's shape. */
  refusal(error: MeshError): Readonly<Record<string, unknown>>;
}

/** Writes one answer. */
export interface Encoder<Frame, Whole> {
  /** May be empty, where nothing of it is for the client. */
  frames(frames: readonly Frame[]): string;
  /** What is written into a stream of its that has been silent. Absent where its surface's ping will do. */
  ping?(): string;
  /** All that is left: what was held back, and the bill. `stopped`: the stream's money ended before it did, so what is open is closed. */
  last(held: readonly Frame[], bill: AnswerBill, stopped: boolean): string;
  /** The end of a stream that broke. */
  fail(error: MeshError): string;
  whole(whole: Whole, bill: AnswerBill): string;
}
