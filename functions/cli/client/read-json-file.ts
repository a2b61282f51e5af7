import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { UsageError } from '../terminal/cli-error.ts';
import type { Context } from '../terminal/context.ts';

/** Editors of Windows put it before a text. */
const BYTE_ORDER_MARK = /^\ufeff/;

/** The JSON in a file; `-` is standard input. Throws `UsageError` where there is no such file, or no JSON in it. */
export async function readJsonFile({ stdin }: Pick<Context, 'stdin'>, path: string): Promise<unknown> {
  try {
    const said = path === '-' ? await text(stdin) : readFileSync(path, 'utf8');
    return JSON.parse(said.replace(BYTE_ORDER_MARK, ''));
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}
