import { spawn } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';

/** What a shell answers for a command that it cannot find. */
const NOT_FOUND = 127;
/** What it adds to the number of the signal that ended a command. */
export const SIGNALLED = 128;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command on this terminal and resolves with its exit code, as a shell gives it. Signals
 * that `signals` (this process) gets meanwhile go to the command.
 */
export async function runCommand(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  signals: EventEmitter = process,
): Promise<number> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env, stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals) => {
    // A terminal has sent its interrupt to the command as well; twice, many commands take it for "at once".
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of SIGNALS) signals.on(signal, forward);
  try {
    return await new Promise((resolve) => {
      child.once('error', (error) => {
        console.error(error.message);
        resolve(NOT_FOUND);
      });
      child.once('exit', (code, signal) =>
        resolve(code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal])),
      );
    });
  } finally {
    for (const signal of SIGNALS) signals.off(signal, forward);
  }
}

/** Runs `work` while signals that would end this process are kept; resolves with its result and the first such signal. */
export async function keepSignals<T>(work: () => Promise<T>): Promise<{ result: T; signal: NodeJS.Signals | null }> {
  let first: NodeJS.Signals | null = null;
  const keep = (signal: NodeJS.Signals) => {
    first ??= signal;
  };
  for (const signal of SIGNALS) process.on(signal, keep);
  try {
    return { result: await work(), signal: first };
  } finally {
    for (const signal of SIGNALS) process.off(signal, keep);
  }
}
