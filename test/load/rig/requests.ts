/** What a request of the benchmark asks for. */
export interface RequestKind {
  model: string;
  stream: boolean;
  /** About how long its text is. */
  inputBytes: number;
  /** The most it may answer; default: `MAX_TOKENS`. */
  maxTokens?: number;
}

const MAX_TOKENS = 256;
/** A turn of an ordinary chat. */
export const SMALL_INPUT_BYTES = 400;
/** A long document in the prompt. */
export const LARGE_INPUT_BYTES = 400_000;

const SENTENCE = 'The quick brown fox jumps over the lazy dog, and nobody counts how often it does so. ';

/** A whole HTTP request, ready for the socket. `headers` are the gateway's own. */
export function encodeRequest(kind: RequestKind, headers: Readonly<Record<string, string>>): Buffer {
  const question = SENTENCE.repeat(Math.ceil(kind.inputBytes / SENTENCE.length)).slice(0, kind.inputBytes);
  const body = JSON.stringify({
    model: kind.model,
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: question },
    ],
    max_tokens: kind.maxTokens ?? MAX_TOKENS,
    temperature: 0.7,
    ...(kind.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  });
  const lines = Object.entries({
    host: '127.0.0.1',
    'user-agent': 'bench',
    accept: 'application/json',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST /v1/chat/completions HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}
