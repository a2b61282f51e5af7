/** Runs tasks of one name one after the other, tasks of different names side by side. */
export function createTurns<N>(): <T>(name: N, task: () => Promise<T>) => Promise<T> {
  const last = new Map<N, Promise<unknown>>();
  return (name, task) => {
    const before = last.get(name) ?? Promise.resolve();
    const turn = before.then(task, task);
    last.set(name, turn);
    const tidy = () => {
      if (last.get(name) === turn) last.delete(name);
    };
    turn.then(tidy, tidy);
    return turn;
  };
}
