import { useState } from 'preact/hooks';

export interface Act {
  isRunning: boolean;
  error: unknown;
  /** Runs what is given, once at a time; true where it went well. */
  run(work: () => Promise<unknown>): Promise<boolean>;
}

/** Something that changes something: it runs once at a time, and what went wrong stays to be read. */
export function useAct(): Act {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  return {
    isRunning,
    error,
    async run(work) {
      if (isRunning) return false;
      setRunning(true);
      setError(null);
      try {
        await work();
        return true;
      } catch (problem) {
        setError(problem);
        return false;
      } finally {
        setRunning(false);
      }
    },
  };
}
