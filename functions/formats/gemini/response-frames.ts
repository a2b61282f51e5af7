import type { Refusal } from '../shared/surface.ts';

/** How responses follow each other in a stream: as events, or as the entries of a list. Nothing says that events are over. */
export interface ResponseFrames {
  /** Responses, each as JSON. */
  write(responses: readonly string[]): string;
  /** What ends a stream that is whole. */
  end(): string;
  /** What ends one that broke: an error in the place of a response. */
  fail(body: Refusal['body']): string;
}

/** `alt=sse`. Data of several lines stay so. */
export function eventFrames(): ResponseFrames {
  const event = (json: string) => `data: ${json.includes('\n') ? json.replaceAll('\n', '\ndata: ') : json}\n\n`;
  return {
    write: (responses) => responses.map(event).join(''),
    end: () => '',
    fail: (body) => event(JSON.stringify(body)),
  };
}

/** A list of JSON, as the API answers where nothing is said of `alt`. One that broke is ended too: its last entry is the error. */
export function listFrames(): ResponseFrames {
  let begun = false;
  const entry = (json: string) => {
    const before = begun ? ',\r\n' : '[';
    begun = true;
    return `${before}${json}\n`;
  };
  return {
    write: (responses) => responses.map(entry).join(''),
    end: () => (begun ? ']' : '[]'),
    fail: (body) => `${entry(JSON.stringify(body))}]`,
  };
}
