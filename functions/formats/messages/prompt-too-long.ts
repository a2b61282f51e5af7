import type { MeshError } from '../../core/errors.ts';

/** Anthropic's own words, wherever they stand in a message. */
const ANTHROPICS =
  /(prompt is too long: \d+ tokens > \d+ maximum|input length and `max_tokens` exceed context limit).*/s;

/** Numbers of three digits or more, and none that is a part of a name (`gpt-4-0613`) or of a date. */
const numbers = /(?<![\w.-])(\d{1,3}(?:,\d{3})+|\d{3,})(?!\w|-\d)/g;
const NUMBER = String.raw`(\d{1,3}(?:,\d{3})+|\d+)`;

/** Of messages that count the answer too, whose limit was asked for: how much that is, and how long the input is. */
const outputs = of(
  // OpenAI, DeepSeek, OpenRouter; vLLM, TGI; vLLM again
  `${NUMBER} (?:tokens )?(?:in|for) the (?:completion|output)`,
  `${NUMBER} (?:output tokens|\`max_new_tokens\`)`,
  `is too large: ${NUMBER}`,
);
const inputs = of(`${NUMBER} (?:input tokens|\`inputs\` tokens)`);
const totals = of(`requested (?:about )?${NUMBER} tokens`);
const limits = of(`maximum context length (?:is|of) ${NUMBER}`, `<= ${NUMBER}`);

/**
 * `prompt is too long: N tokens > M maximum`, by which tools know how much to leave out; or, where it would fit without the answer's
 * limit, `I + O > L`, by which they lower that. In the provider's own numbers, whichever way it says them. Numbers that nobody said
 * are not made up.
 */
export function promptTooLong({ message, details }: MeshError): string {
  const [own] = ANTHROPICS.exec(message) ?? [];
  if (own !== undefined) return own;
  const counted = details as { input_tokens?: unknown; max_tokens?: unknown } | null;
  if (typeof counted?.input_tokens === 'number' && typeof counted.max_tokens === 'number') {
    return tooLong(counted.input_tokens, counted.max_tokens) ?? plain(message);
  }
  const output = find(outputs, message);
  if (output !== null) return withOutput(message, output) ?? plain(message);
  const said = [...message.matchAll(numbers)].map(([, digits]) => toNumber(digits));
  return tooLong(Math.max(...said), Math.min(...said)) ?? plain(message);
}

function withOutput(message: string, output: number): string | null {
  const limit = find(limits, message);
  const total = find(totals, message);
  const input = find(inputs, message) ?? (total === null ? null : total - output);
  if (limit === null || input === null) return null;
  if (input > limit) return tooLong(input, limit);
  return input + output > limit
    ? `input length and \`max_tokens\` exceed context limit: ${input} + ${output} > ${limit}`
    : null;
}

function tooLong(input: number, most: number): string | null {
  return Number.isFinite(input) && input > most ? `prompt is too long: ${input} tokens > ${most} maximum` : null;
}

function plain(message: string): string {
  return `prompt is too long. ${message}`;
}

function of(...forms: string[]): RegExp[] {
  return forms.map((form) => new RegExp(form, 'i'));
}

function find(forms: readonly RegExp[], message: string): number | null {
  for (const form of forms) {
    const [, digits] = form.exec(message) ?? [];
    if (digits !== undefined) return toNumber(digits);
  }
  return null;
}

function toNumber(digits = ''): number {
  return Number(digits.replaceAll(',', ''));
}
