/** Simulated time, in which nothing takes any unless it says so. Milliseconds. */
export interface Timeline {
  /** Since the beginning. */
  now(): number;
  /** Does something then. */
  at(time: number, act: () => void): void;
  every(interval: number, first: number, act: () => void): void;
  pause(milliseconds: number): Promise<void>;
  /** Lets everything happen that is due until then, in order. */
  run(until: number): Promise<void>;
}

interface Event {
  time: number;
  /** Of two at the same time, the one that was asked for first goes first. */
  order: number;
  act: () => void;
}

/** `turns`: of Node's event loop, that what happens may take; work that gathers for a turn before it goes on needs two. */
export function createTimeline(turns = 1): Timeline {
  const heap: Event[] = [];
  let time = 0;
  let orders = 0;

  function at(when: number, act: () => void): void {
    push(heap, { time: Math.max(when, time), order: orders++, act });
  }

  return {
    now: () => time,
    at,
    every(interval, first, act) {
      const again = () => {
        act();
        at(time + interval, again);
      };
      at(first, again);
    },
    pause: (milliseconds) => new Promise((resolve) => at(time + milliseconds, resolve)),
    async run(until) {
      for (let event = heap[0]; event !== undefined && event.time <= until; event = heap[0]) {
        pop(heap);
        time = event.time;
        event.act();
        for (let turn = 0; turn < turns; turn++) await settled();
      }
      time = until;
    },
  };
}

/** Node empties its queue of promises before it comes to what was set to be immediate, so whatever follows has followed. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Event, b: Event): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

/** A binary heap: each event before its two children. */
function push(heap: Event[], event: Event): void {
  let at = heap.length;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above] as Event;
    if (!isBefore(event, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && isBefore(heap[below + 1] as Event, heap[below] as Event)) below++;
    const child = heap[below] as Event;
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}
