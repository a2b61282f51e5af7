import { once } from 'node:events';
import { type Call, commonHeaders } from '../call.ts';

export type Cell = string | number | null;

/** Text that goes to a client at once; then it is waited for the client to take it. */
const WRITE_CHARS = 64 * 1_024;

/** One line of CSV (RFC 4180). Text that a spreadsheet would run as a formula is defused by an apostrophe; numbers stay numbers. */
export function toCsvLine(cells: readonly Cell[]): string {
  return `${cells.map(toCell).join(',')}\r\n`;
}

function toCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number' || /^-?\d+(\.\d+)?$/.test(cell)) return String(cell);
  // https://owasp.org/www-community/attacks/CSV_Injection
  const safe = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Whether a call asks for CSV, in its body or by `Accept`. */
export function wantsCsv({ req }: Call, format: 'json' | 'csv' | undefined): boolean {
  return format === 'csv' || (format === undefined && /\btext\/csv\b/.test(req.headers.accept ?? ''));
}

/** Answers with CSV text that is ready to be sent, at the client's pace. `next`: the cursor of what did not fit. */
export async function sendCsv(call: Call, text: string, name: string, next: string | null): Promise<void> {
  const { res, gone } = call;
  res.writeHead(200, {
    ...commonHeaders(call),
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}.csv"`,
    'x-mesh-truncated': String(next !== null),
    ...(next === null ? {} : { 'x-mesh-next-cursor': next }),
  });
  for (let at = 0; at < text.length; at += WRITE_CHARS) {
    if (!res.write(text.slice(at, at + WRITE_CHARS))) await once(res, 'drain', { signal: gone });
  }
  res.end();
}
