/** Time that passes only when nothing is left to do at a moment of it: what takes minutes is simulated in one go. */
export interface VirtualTime {
  /** Milliseconds since the start. */
  now(): number;
  pause(milliseconds: number): Promise<void>;
  /** Work that takes no time here, however long it does: none passes until it is done. */
  instantly<T>(work: Promise<T>): Promise<T>;
  /** Lets time pass until `work` is done. */
  until<T>(work: Promise<T>): Promise<T>;
}

/** Turns of the event loop in which nothing happens, after which nothing is left to do. */
const TURNS = 12;

export function createVirtualTime(): VirtualTime {
  let now = 0;
  let timers: { at: number; go: () => void }[] = [];
  let working = 0;
  const settle = async () => {
    for (let turn = 0; turn < TURNS; turn = working === 0 ? turn + 1 : 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    now: () => now,
    pause: (milliseconds) => new Promise((go) => timers.push({ at: now + Math.max(0, milliseconds), go })),
    async instantly(work) {
      working++;
      return work.finally(() => working--);
    },
    async until(work) {
      let isOver = false;
      const over = () => {
        isOver = true;
      };
      work.then(over, over);
      await settle();
      while (!isOver) {
        if (timers.length === 0) throw new Error('Nothing is left that could happen.');
        const next = Math.min(...timers.map(({ at }) => at));
        now = next;
        const due = timers.filter(({ at }) => at <= next);
        timers = timers.filter(({ at }) => at > next);
        for (const { go } of due) go();
        await settle();
      }
      return work;
    },
  };
}
