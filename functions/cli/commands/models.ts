import type { Command } from 'commander';
import { formatDecimal, parseDecimal } from '../../core/money/money.ts';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

interface ModelRow {
  id: string;
  context_length: number;
  top_provider: { max_completion_tokens: number };
  pricing: Record<string, string>;
  architecture: { input_modalities: string[] };
}

export function register(command: Command, context: Context): void {
  command
    .argument('[words...]', 'only those whose names have all of these words')
    .action((words: string[], _: unknown, self: Command) =>
      listModels(words, self.optsWithGlobals<CommonOptions>(), context),
    );
  addExamples(command, [
    ['mesh models', 'all that the key may use, with prices'],
    ['mesh models claude sonnet', 'those that are called so'],
  ]);
}

async function listModels(words: readonly string[], options: CommonOptions, context: Context): Promise<void> {
  const { data } = await callRouter(context, connect(context, options), { path: '/v1/models', as: 'key' });
  const wanted = words.map((word) => word.toLowerCase());
  const rows = (data as ModelRow[]).filter(({ id }) => wanted.every((word) => id.toLowerCase().includes(word)));
  showResult(context, options, rows, () => showTable(context, columns, rows));
}

const columns: readonly Column<ModelRow>[] = [
  { title: 'Model', of: ({ id }) => id, whole: true },
  { title: 'Context', of: ({ context_length }) => context_length, align: 'right' },
  { title: 'Output', of: ({ top_provider }) => top_provider.max_completion_tokens, align: 'right' },
  { title: 'In $/M', of: ({ pricing }) => perMillion(pricing.prompt), align: 'right' },
  { title: 'Out $/M', of: ({ pricing }) => perMillion(pricing.completion), align: 'right' },
  { title: 'Takes', of: ({ architecture }) => architecture.input_modalities.join(', ') },
];

/** Dollars a token, as the API has them. */
const TOKEN_DECIMALS = 12;
const MILLION = 1_000_000n;

/** Null where it depends, as of `auto`. */
function perMillion(price: string | undefined): string | null {
  const value = price === undefined ? null : parseDecimal(price, TOKEN_DECIMALS);
  return value === null || value < 0n ? null : formatDecimal(value * MILLION, TOKEN_DECIMALS);
}
