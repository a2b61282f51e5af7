/** Runs tasks of one name one after the other, tasks of different names side by side. */
export interface Turns<N> {
  <T>(name: N, task: () => Promise<T>): Promise<T>;
  /** Whether somebody of that name runs or waits. */
  isTaken(name: N): boolean;
}

export function createTurns<N>(): Turns<N> {
  const last = new Map<N, Promise<unknown>>();
  const take = <T>(name: N, task: () => Promise<T>): Promise<T> => {
    const before = last.get(name) ?? Promise.resolve();
    const turn = before.then(task, task);
    last.set(name, turn);
    const tidy = () => {
      if (last.get(name) === turn) last.delete(name);
    };
    turn.then(tidy, tidy);
    return turn;
  };
  return Object.assign(take, { isTaken: (name: N) => last.has(name) });
}
