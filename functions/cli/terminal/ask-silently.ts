import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Context } from './context.ts';

/** Reads a line that somebody types, and shows nothing of it. */
export async function askSilently({ stdin, complain }: Context, question: string): Promise<string> {
  complain(question);
  const silent = new Writable({ write: (_bytes, _encoding, done) => done() });
  const asked = createInterface({ input: stdin, output: silent, terminal: true });
  try {
    return await asked.question('');
  } finally {
    asked.close();
  }
}
