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

/**
 * Loads something and keeps it: again when `name` changes, when `reload` is called, and where `everyMs` is given from time to
 * time, but not in a tab that nobody sees. `name` says all that the answer depends on; null loads nothing.
 */
export function useLoad<T>(
  name: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs }: LoadOptions = {},
): Loaded<T> {
  const [state, setState] = useState<{ name: string | null; data: T | null; error: unknown; isLoading: boolean }>({
    name,
    data: null,
    error: null,
    isLoading: true,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (name === null) return;
    const end = new AbortController();
    setState((was) => ({ name, data: was.name === name ? was.data : null, error: null, isLoading: true }));
    latest.current(end.signal).then(
      (data) => end.signal.aborted || setState({ name, data, error: null, isLoading: false }),
      (error: unknown) => end.signal.aborted || setState((was) => ({ ...was, error, isLoading: false })),
    );
    return () => end.abort();
  }, [name, turn]);
  const reload = useCallback(() => setTurn((was) => was + 1), []);
  useEffect(() => {
    if (everyMs === undefined) return;
    const tick = () => document.hidden || reload();
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
