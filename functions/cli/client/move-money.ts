import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { showResult } from '../terminal/show-result.ts';
import { callRouter } from './call-router.ts';
import { connect } from './connection.ts';

export interface MoneyOptions extends CommonOptions {
  reference?: string;
  reason?: string;
  confirm?: boolean;
}

/** Options of all commands that write a line of the ledger. */
export function addMoneyOptions(command: Command): Command {
  return command
    .option('--reference <name>', 'its name in your own books: the same one is carried out once')
    .option('--reason <text>', 'why')
    .option('--confirm', 'that it is meant, though it looks like a slip');
}

/** Writes a line of an owner's ledger and says which. Without a `reference` it has one of its own, which is told. */
export async function moveMoney(
  context: Context,
  { reference = randomUUID(), reason, ...options }: MoneyOptions,
  owner: string,
  { kind, ...more }: { kind: 'topups' | 'adjustments' | 'refunds' } & Record<string, unknown>,
): Promise<void> {
  const body = { ...more, reference, reason };
  const path = `/v1/owners/${encodeURIComponent(owner)}/${kind}`;
  const entry = await callRouter(context, connect(context, options), { method: 'POST', path, as: 'admin', body });
  showResult(context, options, entry, () =>
    context.write(`${entry.kind} of ${entry.amount} ${entry.currency}, reference ${entry.reference}\n`),
  );
}

/** The owner's own currency. */
export async function currencyOf(context: Context, options: CommonOptions, owner: string): Promise<string> {
  const path = `/v1/owners/${encodeURIComponent(owner)}`;
  return (await callRouter(context, connect(context, options), { path, as: 'admin' })).currency;
}
