import type { ChatRequest, Tool } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';
import { fromSchema } from './from-schema.ts';
import type { GenerateBody, GivenTool } from './generate-request.ts';

type ParsedTools = Pick<ChatRequest, 'tools' | 'tool_choice'>;
type Declaration = NonNullable<GivenTool['functionDeclarations']>[number];

/** Functions and the choice among them. Where only some may be called, the others are left out: no other format has such a list. */
export function parseTools({ tools, toolConfig }: Pick<GenerateBody, 'tools' | 'toolConfig'>): ParsedTools {
  const declared = declarationsOf(tools);
  if (declared.length === 0) return {};
  const { mode, allowedFunctionNames: allowed = null } = toolConfig?.functionCallingConfig ?? {};
  const isLimited = allowed !== null && allowed.length > 0 && (mode === 'ANY' || mode === 'VALIDATED');
  const some = isLimited ? declared.filter(({ name }) => allowed.includes(name)) : declared;
  const kept = some.length > 0 ? some : declared;
  return { tools: kept.map(parseTool), ...choiceOf(mode, kept, isLimited) };
}

export function declarationsOf(tools: GenerateBody['tools']): Declaration[] {
  return (tools ?? []).flatMap(({ functionDeclarations }) => functionDeclarations ?? []);
}

function choiceOf(mode: unknown, kept: readonly Declaration[], isLimited: boolean): Pick<ParsedTools, 'tool_choice'> {
  const [only] = kept;
  if (mode === 'NONE') return { tool_choice: 'none' };
  if (mode !== 'ANY') return mode === 'AUTO' ? { tool_choice: 'auto' } : {};
  if (isLimited && kept.length === 1 && only !== undefined) {
    return { tool_choice: { type: 'function', function: { name: only.name } } };
  }
  return { tool_choice: 'required' };
}

function parseTool({ name, description, parameters, parametersJsonSchema }: Declaration): Tool {
  const schema = parametersJsonSchema ?? (isRecord(parameters) ? fromSchema(parameters) : null);
  return {
    type: 'function',
    function: {
      name,
      ...(description == null ? {} : { description }),
      ...(schema === null ? {} : { parameters: schema }),
    },
  };
}
