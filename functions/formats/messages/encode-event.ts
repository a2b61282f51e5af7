/** An event, or a part of one, of which only the type has to be known. */
export interface Typed {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One event as clients get it. Its name is its type. */
export function encodeEvent(data: Typed): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
