/** Time that passes only when nothing is left to do at a moment of it: what takes minutes is simulated in one go. */
export interface VirtualTime {
  /** Milliseconds since the start. */
  now(): number;
  pause(milliseconds: number): Promise<void>;
  /** Lets time pass until `work` is done. */
  until<T>(work: Promise<T>): Promise<T>;
}

/** Turns of the event loop after which nothing is left to do: SQLite answers within one, and operations gather for another. */
const TURNS = 12;

export function createVirtualTime(): VirtualTime {
  let now = 0;
  let timers: { at: number; go: () => void }[] = [];
  const settle = async () => {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => now,
    pause: (milliseconds) => new Promise((go) => timers.push({ at: now + Math.max(0, milliseconds), go })),
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
