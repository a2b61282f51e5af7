import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';

interface Body {
  tools?: { name?: string; function?: { name: string }; functionDeclarations?: { name: string }[] }[];
  toolConfig?: { tools?: { toolSpec: { name: string } }[] };
}

/** The tools that a request to a provider declares. */
export function toolNames(format: FormatName, text: string): string[] {
  const { tools = [], toolConfig } = JSON.parse(text) as Body;
  if (format === 'converse') return (toolConfig?.tools ?? []).map(({ toolSpec }) => toolSpec.name);
  return tools.flatMap(({ name, function: called, functionDeclarations }) =>
    [name, called?.name, ...(functionDeclarations ?? []).map((each) => each.name)].filter((each) => each !== undefined),
  );
}
