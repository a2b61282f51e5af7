import { builtinFiles } from '../../functions/catalogue/builtin.ts';
import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { builtinAt } from '../support/builtin-at.ts';

/** A model of the catalogue as it is, at the one provider whose format it is to stand for. */
export interface Target {
  format: FormatName;
  provider: string;
  model: string;
  /** Why a case can't be tried there, by its name. */
  lacks?: Readonly<Record<string, string>>;
}

export const targets: readonly Target[] = [
  {
    format: 'chat',
    provider: 'xai',
    model: 'x-ai/grok-4.5',
    lacks: { PDF: 'of xAI the catalogue says that it takes no files' },
  },
  { format: 'responses', provider: 'openai', model: 'openai/gpt-5.2' },
  { format: 'messages', provider: 'anthropic', model: 'anthropic/claude-sonnet-4.6' },
  { format: 'gemini', provider: 'google', model: 'google/gemini-3.5-flash' },
  {
    format: 'converse',
    provider: 'bedrock',
    model: 'anthropic/claude-haiku-4.5',
    lacks: {
      schema: 'of Bedrock the catalogue says that it takes no schema',
      PDF: 'of Bedrock the catalogue says that it takes no files',
    },
  },
];

/** A model like a target's, of the number: what fails there opens no breaker of another. */
export const numbered = ({ model }: Target, number: number): string => `${model}-${number}`;

/**
 * A catalogue of the targets, and of as many more of each as are numbered, whose providers are at `url/<provider>`. All
 * other built-in providers are there too, and lead nowhere else.
 */
export function targetCatalogue(url: string, numbers: readonly { target: Target; number: number }[]): object {
  const { mesh: _ours, ...providers } = builtinAt(url).providers;
  const entryOf = ({ model, provider }: Target) => {
    const entry = builtinFiles.map((file) => file.models?.[model]).find((found) => found != null);
    const endpoints = entry?.endpoints?.filter((endpoint) => endpoint.provider === provider).slice(0, 1);
    if (entry == null || endpoints?.length !== 1) throw new Error(`${provider} does not serve ${model}.`);
    return { ...entry, aliases: [], endpoints };
  };
  const models = [
    ...targets.map((target) => [target.model, entryOf(target)] as const),
    ...numbers.map(({ target, number }) => [numbered(target, number), entryOf(target)] as const),
  ];
  return { providers, models: Object.fromEntries(models) };
}
