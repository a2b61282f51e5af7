import { readFileSync } from 'node:fs';
import { type FormatName, formatNames } from '../../functions/core/endpoints/endpoint.ts';

/** A provider and a model `acme/{format}` for each format, all at one upstream; that of `relayed` takes what it has never heard of. */
export function matrixCatalogue(url: string, relayed: FormatName) {
  const bases: Partial<Record<FormatName, string>> = {
    messages: `${url}/messages`,
    gemini: `${url}/gemini/v1beta/models/{model}`,
    converse: `${url}/converse`,
  };
  const providers = formatNames.map((format) => [
    format,
    {
      format,
      base_url: bases[format] ?? `${url}/${format}/v1`,
      auth: { type: 'none' },
      ...(format === relayed ? { request: { unknown: 'pass' } } : {}),
      ...(format === 'chat' ? { reasoning: { field: 'reasoning_content', replay: 'always' } } : {}),
      ...(format === 'converse' ? { reasoning: { issuer: 'anthropic-claude-v1' } } : {}),
    },
  ]);
  const models = formatNames.map((format) => [
    `acme/${format}`,
    {
      context_length: 100_000,
      max_output_tokens: 8_000,
      capabilities: ['tools', 'vision', 'file', 'reasoning', 'json_schema'],
      endpoints: [{ provider: format, model: 'm', price: { input: '3', output: '15' } }],
    },
  ]);
  return { providers: Object.fromEntries(providers), models: Object.fromEntries(models) };
}

/** Rows of the table of a page whose first column is named `surface` and which has a column for each format. */
export function documentedMatrix(page: string, surface: string): string[] {
  const lines = readFileSync(new URL(`../../functions/router/docs/${page}`, import.meta.url), 'utf8').split('\n');
  const at = lines.indexOf(`| ${surface} | ${formatNames.map((format) => `\`${format}\``).join(' | ')} |`);
  return lines.slice(at + 2, lines.indexOf('', at));
}
