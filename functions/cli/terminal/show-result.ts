import type { CommonOptions, Context } from './context.ts';

/** JSON for a program that asks for it, else what `show` shows people. */
export function showResult(context: Context, options: CommonOptions, result: unknown, show: () => void): void {
  if (options.json) context.write(`${JSON.stringify(result, null, 2)}\n`);
  else show();
}
