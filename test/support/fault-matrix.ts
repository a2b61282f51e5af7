import { type Expected, type Fault, faults } from './faults.ts';

/** Where a fault is: only at the endpoint that is asked first, or at all there are. */
export const places = ['first', 'all'] as const;
export type Place = (typeof places)[number];
export const modes = ['stream', 'whole'] as const;
export type Mode = (typeof modes)[number];

/** One fault, at one place, met by one kind of request; its endpoints are its own, so that cells don't disturb each other. */
export interface Cell {
  id: string;
  fault: Fault;
  place: Place;
  mode: Mode;
  expected: Expected;
}

export const cells: readonly Cell[] = faults.flatMap((fault, row) =>
  places.flatMap((place) =>
    modes.map((mode) => ({
      id: `f${row}-${place}-${mode}`,
      fault,
      place,
      mode,
      expected: (mode === 'whole' ? fault.whole : undefined) ?? fault.stream,
    })),
  ),
);

/** What was seen of a cell. */
export interface Seen {
  /** What the client got, in a word or two. */
  client: string;
  /** What was charged, nano-dollars. */
  charged: bigint;
  /** Outcomes of the attempts, in order. */
  attempts: string[];
  /** State of the first endpoint's breaker after five such requests. */
  breaker: string;
}

/**
 * The matrix as a table. A line is a fault, of both kinds of request where they saw the same; what was seen with the fault at
 * the first endpoint stands beside what was seen with it at all. Charges are nano-dollars.
 */
export function describeMatrix(seen: ReadonlyMap<string, Seen>): string {
  const head = [
    '| fault | request | at the first endpoint | charged | at all endpoints | charged | attempts there | breaker after five |',
    '|---|---|---|---|---|---|---|---|',
  ];
  const lines = faults.flatMap((fault, row) => {
    const [streamed, whole] = modes.map((mode) => {
      const [first, all] = places.map((place) => seen.get(`f${row}-${place}-${mode}`));
      const parts = [first?.client, first?.charged, all?.client, all?.charged, all?.attempts.join(', '), all?.breaker];
      return parts.map((part) => part ?? '–').join(' | ');
    });
    const line = (request: string, parts: string | undefined) => `| ${fault.name} | ${request} | ${parts} |`;
    return streamed === whole ? [line('both', streamed)] : [line('stream', streamed), line('whole', whole)];
  });
  return [...head, ...lines].join('\n');
}
