import { once } from 'node:events';
import { type Call, commonHeaders } from '../../http/call.ts';

export type Cell = string | number | null;

/** What goes to a client at once; then it is waited for the client to take it. */
const WRITE_BYTES = 64 * 1_024;

/** Headers of a reply that is CSV. */
export const csvHeaders = {
  'X-Mesh-Truncated': 'With CSV: whether there is more than was sent.',
  'X-Mesh-Next-Cursor': 'With CSV: where the next page begins, if there is one.',
};

/** One line of CSV (RFC 4180). Text that a spreadsheet would run as a formula is defused by an apostrophe; numbers stay numbers. */
export function toCsvLine(cells: readonly Cell[]): string {
  return `${cells.map(toCell).join(',')}\r\n`;
}

function toCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number' || /^-?\d+(\.\d+)?$/.test(cell)) return String(cell);
  // https://owasp.org/www-community/attacks/CSV_Injection
  const safe = /^[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Whether a call asks for CSV, in its body or by `Accept`. */
export function wantsCsv({ req }: Call, format: string | undefined): boolean {
  return format === 'csv' || (format === undefined && /\btext\/csv\b/.test(req.headers.accept ?? ''));
}

/**
 * Answers with CSV text that is ready to be sent, at the client's pace. `rest`: whether that is not all, or the cursor of what
 * did not fit.
 */
export async function sendCsv(call: Call, text: string, name: string, rest: boolean | string | null): Promise<void> {
  const { res, gone } = call;
  res.writeHead(200, {
    ...commonHeaders(call),
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}.csv"`,
    'x-mesh-truncated': String(Boolean(rest)),
    ...(typeof rest === 'string' ? { 'x-mesh-next-cursor': rest } : {}),
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += WRITE_BYTES) {
    if (!res.write(bytes.subarray(at, at + WRITE_BYTES))) await once(res, 'drain', { signal: gone });
  }
  res.end();
}
