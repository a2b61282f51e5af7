import type { Tool } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseJson } from '../shared/parse-json.ts';
import type { CustomTool } from './responses-request.ts';

/** The one parameter that a custom tool has as a function. */
const INPUT = 'input';

/** A custom tool as a function of one text. What a grammar would hold the model to, it is told. */
export function toCustomFunction({ description, format }: CustomTool, name: string): Tool {
  const told = [description ?? '', grammarOf(format)].filter((text) => text !== '').join('\n\n');
  return {
    type: 'function',
    function: {
      name,
      ...(told === '' ? {} : { description: told }),
      parameters: {
        type: 'object',
        properties: { [INPUT]: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
        required: [INPUT],
        additionalProperties: false,
      },
    },
  };
}

function grammarOf(format: CustomTool['format']): string {
  if (format?.type !== 'grammar' || !format.definition) return '';
  const syntax = format.syntax === 'regex' ? 'this regular expression' : `this grammar (${format.syntax ?? 'lark'})`;
  return `The value of \`${INPUT}\` has to match ${syntax}:\n\n${format.definition}`;
}

/** The arguments that stand for a custom tool's input. */
export function toCustomArguments(input: string): string {
  return JSON.stringify({ [INPUT]: input });
}

/** The input in a call's arguments; what a model wrote without the function's form is the input itself. */
export function fromCustomArguments(args: string): string {
  try {
    const parsed = parseJson(args);
    if (typeof parsed === 'string') return parsed;
    if (!isRecord(parsed)) return args;
    if (typeof parsed[INPUT] === 'string') return parsed[INPUT];
    const [only, ...others] = Object.values(parsed);
    return typeof only === 'string' && others.length === 0 ? only : args;
  } catch {
    return args;
  }
}
