import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { MeshError } from '../../core/errors.ts';
import { parseExactJson, schemas, wouldChange } from '../../formats/shared/exact-json.ts';
import { type JsonLimits, JsonScan, type JsonTrouble } from '../../formats/shared/json-scan.ts';
import { inSlices } from '../../platform/in-slices.ts';
import { type BodyBudget, bodyBudget } from './body-budget.ts';
import { BodyBytes } from './body-bytes.ts';
import type { Call } from './call.ts';
import { bodyDecoder } from './content-encoding.ts';
import { cutCharacter, JsonParser, PIECE_BYTES } from './json-parser.ts';

export const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** A body above this is large: it takes money to be read, is looked through while it comes, and is parsed in slices. */
export const LARGE_BODY_BYTES = 1024 * 1024;
export const MAX_BODY_VALUES = 500_000;
export const MAX_BODY_DEPTH = 200;
/** When to come again where too many bodies are in flight. */
const BUSY_RETRY_SECONDS = 1;

const limits: JsonLimits = { values: MAX_BODY_VALUES, depth: MAX_BODY_DEPTH };
const utf8 = new TextDecoder('utf-8', { fatal: true });
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

export interface BodyRules {
  /** Asked once before more than `LARGE_BODY_BYTES` are taken in; throws why they are not. */
  allowLarge?: () => Promise<void>;
  budget?: BodyBudget;
}

/**
 * The call's body as JSON. Read only after authentication. It is looked through, a large one while it comes, so that what is too
 * much is refused before anything is built of it: `payload_too_large` (at once where the length was announced), `bad_request`, and
 * `provider_not_available` where this process has too many bodies in hand. What still comes of a body that was refused is
 * discarded, so that the client can read the answer.
 */
export async function readJson(call: Call, { allowLarge, budget = bodyBudget }: BodyRules = {}): Promise<unknown> {
  const startedAt = performance.now();
  const body = await receive(call, allowLarge ?? anybody, budget);
  call.uploadMs = performance.now() - startedAt;
  try {
    if (body.length <= LARGE_BODY_BYTES) return parseAtOnce(utf8.decode(body.all()));
    return await inSlices(parse(body.all()), () => call.gone.throwIfAborted());
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    // The parser's own message quotes the body.
    throw malformed();
  } finally {
    body.free();
  }
}

/** The numbers of schemas keep their digits, where any would change. */
function parseAtOnce(text: string): unknown {
  const scan = new JsonScan(limits);
  const trouble = scan.pushText(text) ?? scan.end();
  if (trouble !== null) throw troubleError(trouble);
  return wouldChange(text, schemas) ? parseExactJson(text, schemas) : JSON.parse(text);
}

const anybody = async () => {};

/** Looks at a piece at a time, too: all at once takes 5 ms, and many large bodies may have come in one turn of the loop. */
function* parse(bytes: Buffer): Generator<void, unknown> {
  for (let from = 0; from < bytes.length; yield) {
    const until = from + PIECE_BYTES < bytes.length ? cutCharacter(bytes, from + PIECE_BYTES) : bytes.length;
    if (until <= from || !isUtf8(bytes.subarray(from, until))) throw new SyntaxError();
    from = until;
  }
  const start = bytes.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
  const parser = new JsonParser(bytes.subarray(start));
  while (!parser.run()) yield;
  return parser.value;
}

async function receive(call: Call, allowLarge: () => Promise<void>, budget: BodyBudget): Promise<BodyBytes> {
  const { req, res, gone } = call;
  const announced = Number(req.headers['content-length'] ?? Number.NaN);
  if (announced > LARGE_BODY_BYTES) {
    try {
      if (announced > MAX_BODY_BYTES) throw tooLarge();
      await allowLarge();
    } catch (error) {
      req.on('data', () => takeTurns(req));
      throw error;
    }
  }
  const decoder = bodyDecoder(req);
  const source = decoder ?? req;
  const share = budget.open();
  res.once('close', share.release);
  const body = new BodyBytes(decoder === null && announced >= 0 ? announced : MAX_BODY_BYTES);
  const scan = new JsonScan(limits);
  let mayBeLarge = announced > LARGE_BODY_BYTES;
  let allowed: Promise<unknown> = Promise.resolve();
  return new Promise((resolve, reject) => {
    let refused = false;
    let length = 0;
    const refuse = (error: unknown) => {
      if (refused) return;
      refused = true;
      body.free();
      share.release();
      reject(error);
      decoder?.destroy();
      req.resume();
    };
    /** What came before it turned out to be large is looked at then. */
    const look = (piece: Buffer): JsonTrouble | null => {
      if (!mayBeLarge && length <= LARGE_BODY_BYTES) return null;
      return (mayBeLarge ? null : scan.push(body.all())) ?? scan.push(piece);
    };
    source.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length > LARGE_BODY_BYTES) takeTurns(source);
      if (refused) return;
      if (length > MAX_BODY_BYTES) return refuse(tooLarge());
      const trouble = look(piece);
      if (trouble === 'malformed') {
        // Nothing is kept of it. That it is too long, should it be, is said first.
        body.free();
        share.release();
      } else if (trouble !== null) {
        return refuse(troubleError(trouble));
      } else if (share.take(piece.length, length > LARGE_BODY_BYTES)) {
        body.add(piece);
      } else {
        return refuse(tooMany());
      }
      if (mayBeLarge || length <= LARGE_BODY_BYTES) return;
      mayBeLarge = true;
      // What comes until that is known is refused like the rest.
      allowed = allowLarge().catch(refuse);
    });
    source.once('end', () => {
      if (refused) return;
      if (length === 0) return refuse(badRequest('The body is empty; JSON was expected.'));
      const trouble = mayBeLarge ? scan.end() : null;
      if (trouble !== null) return refuse(troubleError(trouble));
      return allowed.then(() => resolve(body));
    });
    req.once('error', refuse);
    decoder?.on('error', () => refuse(badRequest('The body is not what its Content-Encoding says.')));
    if (decoder !== null) req.pipe(decoder);
    gone.addEventListener('abort', () => refuse(gone.reason), { once: true });
  });
}

/**
 * One piece of a large body for each turn of the event loop: a socket that has more is read on and on, two megabytes at once,
 * and twenty of them keep everybody else waiting for a second.
 */
function takeTurns(body: Readable): void {
  body.pause();
  setImmediate(() => body.resume());
}

function tooLarge(): MeshError {
  return new MeshError('payload_too_large', {
    message: `The body is larger than ${MAX_BODY_BYTES / 1024 / 1024} MiB.`,
  });
}

function tooMany(): MeshError {
  return new MeshError('provider_not_available', {
    message: 'Too many large requests are being served.',
    retryAfterSeconds: BUSY_RETRY_SECONDS,
  });
}

function troubleError(trouble: JsonTrouble): MeshError {
  if (trouble === 'malformed') return malformed();
  return trouble === 'values'
    ? badRequest(`The body has more than ${MAX_BODY_VALUES} values.`, { max_values: MAX_BODY_VALUES })
    : badRequest(`The body is nested more than ${MAX_BODY_DEPTH} deep.`, { max_depth: MAX_BODY_DEPTH });
}

function malformed(): MeshError {
  return badRequest('The body is not valid JSON.');
}

function badRequest(message: string, details?: object): MeshError {
  return new MeshError('bad_request', details === undefined ? { message } : { message, details });
}
