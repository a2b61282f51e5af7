import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { UsageError } from '../terminal/cli-error.ts';
import type { Context } from '../terminal/context.ts';

/** The JSON in a file; `-` is standard input. Throws `UsageError` where there is no such file, or no JSON in it. */
export async function readJsonFile({ stdin }: Pick<Context, 'stdin'>, path: string): Promise<unknown> {
  try {
    return JSON.parse(path === '-' ? await text(stdin) : readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}
