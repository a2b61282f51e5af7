import { MeshError } from '../errors.ts';
import type { TemplateContent } from './template.ts';

type Variables = Readonly<Record<string, unknown>>;

/** `{{ name }}`: letters, digits, `_`, `-` and `.`, with spaces around or without. */
const PLACE = /\{\{\s*([\p{L}_][\p{L}\p{N}_.-]{0,63})\s*\}\}/gu;

/** What the texts of a template leave open, each name once, in the order in which they come. */
export function variablesIn({ system, messages }: Pick<TemplateContent, 'system' | 'messages'>): string[] {
  const names = new Set<string>();
  const note = (text: string) => {
    for (const [, name = ''] of text.matchAll(PLACE)) names.add(name);
    return text;
  };
  if (system !== null) note(system);
  for (const message of messages) inTexts(message, note);
  return [...names];
}

/**
 * The messages of a template with every place filled. What is put in is not looked at for places again. Throws `validation_error`
 * for a variable that is missing, or is no text, number or truth value; no message quotes one.
 */
export function fillTemplate({ system, messages }: TemplateContent, variables: Variables): Record<string, unknown>[] {
  const fill = (text: string) => text.replace(PLACE, (_place, name: string) => textOf(variables, name));
  const filled = messages.map((message) => inTexts(message, fill));
  return system === null ? filled : [{ role: 'system', content: fill(system) }, ...filled];
}

function textOf(variables: Variables, name: string): string {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new MeshError('validation_error', {
    param: `variables.${name}`,
    message:
      value === undefined
        ? `The template needs the variable ${name}.`
        : `The variable ${name} must be a text, a number or a truth value.`,
  });
}

/** The same message with its texts as `change` makes them: its content, or that of its parts of text. */
function inTexts(
  message: Readonly<Record<string, unknown>>,
  change: (text: string) => string,
): Record<string, unknown> {
  const { content } = message;
  if (typeof content === 'string') return { ...message, content: change(content) };
  if (!Array.isArray(content)) return { ...message };
  return {
    ...message,
    content: content.map((part: Readonly<Record<string, unknown>>) =>
      typeof part.text === 'string' ? { ...part, text: change(part.text) } : part,
    ),
  };
}
