import type { CommonOptions, Context } from '../terminal/context.ts';
import { showResult } from '../terminal/show-result.ts';
import { callRouter } from './call-router.ts';
import { connect } from './connection.ts';

export interface RotateOptions extends CommonOptions {
  /** Seconds. */
  grace?: number;
}

/** Gives the key at a path of the API a new text, and prints that. */
export async function rotateKey(options: RotateOptions, context: Context, path: string): Promise<void> {
  const body = { grace_seconds: options.grace };
  const call = { method: 'POST', path: `${path}/rotate`, as: 'admin', body } as const;
  showMinted(context, options, await callRouter(context, connect(context, options), call));
}

/** The text of a new key alone to standard output, so that it can go to a file without anybody seeing it. */
export function showMinted(context: Context, options: CommonOptions, minted: { id: string; key: string }): void {
  showResult(context, options, minted, () => {
    context.write(`${minted.key}\n`);
    context.complain(`${minted.id}: keep it, it is not shown again.`);
  });
}
