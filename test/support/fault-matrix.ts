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

/** The matrix as a table: a line for each fault and kind of request, what was seen at both places beside each other. */
export function describeMatrix(seen: ReadonlyMap<string, Seen>): string {
  const head = [
    '| fault | request | first endpoint: client · charged · attempts | all endpoints: client · charged · attempts | breaker after five |',
    '|---|---|---|---|---|',
  ];
  const lines = faults.flatMap((fault, row) =>
    modes.map((mode) => {
      const [first, all] = places.map((place) => seen.get(`f${row}-${place}-${mode}`));
      const show = (each: Seen | undefined) =>
        each === undefined ? '–' : `${each.client} · ${each.charged} n$ · ${each.attempts.join(' → ')}`;
      return `| ${fault.name} | ${mode} | ${show(first)} | ${show(all)} | ${all?.breaker ?? '–'} |`;
    }),
  );
  return [...head, ...lines].join('\n');
}
