import { writeSync } from 'node:fs';

/** Lines are written when there are so many characters of them, or when the first has waited so long: each write costs as much as a few lines. */
export const GATHER_CHARACTERS = 4_096;
export const GATHER_MS = 50;
/** How much may wait for a destination that takes nothing: a full disk, a pipe that nobody reads. Lines beyond are dropped. */
export const WAITING_CHARACTERS = 1_048_576;
/** When it is tried again: of a pipe that is full, and after any other error. */
export const FULL_RETRY_MS = 50;
export const ERROR_RETRY_MS = 1_000;
/** How often a process that ends tries to write to a full pipe before it lets its last lines go. */
const LAST_TRIES = 10;
const LAST_PAUSE_MS = 10;

export interface LineWriterPorts {
  /** Writes without waiting; returns how many bytes were taken, and throws what the system says. */
  write(bytes: Uint8Array): number;
  /** Hears of lines that were dropped, as they are. */
  onDropped(lines: number): void;
  /** The line that tells of `lines` dropped ones, written as soon as anything can be written. */
  tell(lines: number): string;
}

export interface LineWriter {
  /** Takes one line with its end. Never throws, never waits. */
  write(line: string): void;
  /** Writes what waits, as far as it is taken at once: the process ends. */
  end(): void;
}

/**
 * Writes lines to a destination that may be full, slow or gone, and never lets anybody wait for it: what it does not take is
 * kept up to `WAITING_CHARACTERS`, what comes beyond is dropped and counted.
 */
export function createLineWriter({ write, onDropped, tell }: LineWriterPorts): LineWriter {
  let waiting = '';
  /** What was begun: a destination may take half a line. */
  let rest: Uint8Array | null = null;
  let dropped = 0;
  let timer: NodeJS.Timeout | null = null;
  /** Whether the last write failed, so that only the timer tries again. */
  let failing = false;

  function later(milliseconds: number): void {
    timer = setTimeout(flush, milliseconds).unref();
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    failing = false;
    const error = writeAll();
    if (error === null) return;
    failing = true;
    later(isFull(error) ? FULL_RETRY_MS : ERROR_RETRY_MS);
  }

  /** Null when everything was taken, else what stands against it. */
  function writeAll(): unknown {
    try {
      while (rest !== null || waiting !== '') {
        rest ??= takeWaiting();
        const taken = write(rest);
        rest = taken < rest.length ? rest.subarray(taken) : null;
        if (rest === null && dropped > 0) {
          waiting += tell(dropped);
          dropped = 0;
        }
      }
      return null;
    } catch (error) {
      return error;
    }
  }

  function takeWaiting(): Uint8Array {
    const bytes = Buffer.from(waiting);
    waiting = '';
    return bytes;
  }

  return {
    write(line) {
      if (waiting.length + line.length > WAITING_CHARACTERS) {
        dropped++;
        onDropped(1);
        return;
      }
      waiting += line;
      if (failing) return;
      if (waiting.length >= GATHER_CHARACTERS) flush();
      else if (timer === null) later(GATHER_MS);
    },
    end() {
      for (let tries = 0; tries < LAST_TRIES; tries++) {
        if (!isFull(writeAll())) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_PAUSE_MS);
      }
    },
  };
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

/**
 * Standard output, as a destination that never makes anybody wait: Node opens pipes so that a write to a full one fails
 * instead, once its stream has been asked for.
 */
export function writeToStdout(): (bytes: Uint8Array) => number {
  // What it says of itself is no concern: it is written to by its number.
  process.stdout.on('error', () => {});
  return (bytes) => writeSync(1, bytes);
}
