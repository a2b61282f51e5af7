import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<T> {
  /** The newest that came; null before anything did. */
  data: T | null;
  error: unknown;
  isLoading: boolean;
  reload(): void;
}

export interface LoadOptions {
  /** Asks again this often, while somebody looks. */
  everyMs?: number;
}

type State<T> = Omit<Loaded<T>, 'reload'> & { name: string | null };

/**
 * Loads something and keeps it: again when `name` changes, when `reload` is called, and where `everyMs` is given from time to
 * time, but not in a tab that nobody sees. `name` says all that the answer depends on; null loads nothing.
 */
export function useLoad<T>(
  name: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs }: LoadOptions = {},
): Loaded<T> {
  const [state, setState] = useState<State<T>>({
    name,
    data: null,
    error: null,
    isLoading: true,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  const isAsking = useRef(false);
  latest.current = load;
  useEffect(() => {
    if (name === null) return;
    const end = new AbortController();
    isAsking.current = true;
    setState((was) => ({ name, data: was.name === name ? was.data : null, error: null, isLoading: true }));
    const settle = (change: (was: State<T>) => State<T>) => {
      if (end.signal.aborted) return;
      isAsking.current = false;
      setState(change);
    };
    latest.current(end.signal).then(
      (data) => settle(() => ({ name, data, error: null, isLoading: false })),
      (error: unknown) => settle((was) => ({ ...was, error, isLoading: false })),
    );
    return () => {
      isAsking.current = false;
      end.abort();
    };
  }, [name, turn]);
  const reload = useCallback(() => setTurn((was) => was + 1), []);
  useEffect(() => {
    if (everyMs === undefined) return;
    // An answer that takes longer than this is waited for: to ask anew would end it, time after time.
    const tick = () => document.hidden || isAsking.current || reload();
    const timer = setInterval(tick, everyMs);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [everyMs, reload]);
  // What is of another name is not shown under this one, not for a single frame.
  return state.name === name ? { ...state, reload } : { data: null, error: null, isLoading: true, reload };
}
