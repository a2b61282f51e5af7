import { builtinFiles } from '../../functions/catalogue/builtin.ts';
import { buildCatalogue } from '../../functions/catalogue/load-catalogue.ts';
import type { Capability, Endpoint } from '../../functions/core/endpoints/endpoint.ts';
import { type OptionalField, optionalFields } from '../../functions/core/endpoints/request-rules.ts';

/** The capability without which a field is dropped too. */
const capabilityOf: Partial<Record<OptionalField, Capability>> = {
  temperature: 'sampling',
  top_p: 'sampling',
  top_k: 'sampling',
  min_p: 'sampling',
  frequency_penalty: 'penalties',
  presence_penalty: 'penalties',
  repetition_penalty: 'penalties',
  seed: 'seed',
};

/** The tables of docs/providers.md that say what each built-in provider takes, as lines of Markdown, made from the catalogue. */
export function takesTables(): { fields: string[]; forms: string[] } {
  const catalogue = buildCatalogue(builtinFiles, { vars: { project: 'p', azure_resource: 'r' } });
  const endpoints = [...catalogue.models.values()].flatMap((model) => model.endpoints);
  const groups = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) {
    if (endpoint.provider === 'mesh' || endpoint.embedding !== null) continue;
    const key = `\`${endpoint.provider}\` | \`${endpoint.format}\``;
    groups.set(key, [...(groups.get(key) ?? []), endpoint]);
  }
  return {
    fields: [
      `| provider | format | ${optionalFields.map((field) => `\`${field}\``).join(' | ')} |`,
      `|---|---|${optionalFields.map(() => '---').join('|')}|`,
      ...[...groups].map(
        ([key, group]) => `| ${key} | ${optionalFields.map((field) => howMany(group, field)).join(' | ')} |`,
      ),
    ],
    forms: [
      '| provider | format | limit | least | usage of streams | messages may have | text in parts | late system | temperature to | ids of calls | names of tools | after results | user | schemas | efforts | thinking off |',
      '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
      ...[...groups].map(([key, group]) => `| ${key} | ${formsOf(group).join(' | ')} |`),
    ],
  };
}

/** Whether all endpoints take a field, some do, or none. */
function howMany(group: readonly Endpoint[], field: OptionalField): string {
  const taking = group.filter(({ request, capabilities }) => {
    const capability = capabilityOf[field];
    return request.fields.includes(field) && (capability === undefined || capabilities.has(capability));
  });
  if (taking.length === group.length) return 'yes';
  return taking.length === 0 ? '' : 'some';
}

function formsOf(group: readonly Endpoint[]): string[] {
  const isChat = group[0]?.format === 'chat';
  const each = (read: (endpoint: Endpoint) => string) =>
    [...new Set(group.map(read))].filter((text) => text !== '').join('; ');
  const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(', ');
  const rule = ({ pattern, max }: Endpoint['request']['toolIds']) =>
    [...(pattern === null ? [] : [`\`${pattern}\``]), ...(max === null ? [] : [`at most ${max}`])].join(', ');
  return [
    isChat ? each(({ request }) => `\`${request.maxTokens}\``) : '',
    each(({ request }) => (request.minOutputTokens === 1 ? '' : String(request.minOutputTokens))),
    isChat ? each(({ request }) => (request.streamOptions.length > 0 ? 'asked for' : 'comes unasked')) : '',
    isChat ? each(({ request }) => code(request.messageFields)) : '',
    isChat ? each(({ request }) => (request.systemContent === 'parts' ? 'yes' : '')) : '',
    isChat ? each(({ request }) => (request.lateSystem === 'user' ? 'the user’s' : '')) : '',
    each(({ request }) => (request.maxTemperature === null ? '' : String(request.maxTemperature))),
    each(({ request }) => rule(request.toolIds)),
    each(({ request }) => rule(request.toolNames)),
    each(({ request }) => code(request.rolesAfterTool ?? [])),
    each(({ request }) =>
      request.fields.includes('user') ? (request.userId === 'opaque' ? 'a hash' : 'as it is') : '',
    ),
    each(({ request }) => `\`${request.schemaDialect}\``),
    each(({ capabilities, reasoning }) => {
      if (!capabilities.has('reasoning') || reasoning.send === 'budget') return '';
      return reasoning.effortLevels.join(' ') || 'none by name';
    }),
    each(({ capabilities, reasoning }) =>
      capabilities.has('reasoning') && reasoning.thinkingOff !== null
        ? `\`${JSON.stringify(reasoning.thinkingOff)}\``
        : '',
    ),
  ].map((text) => text.replaceAll('|', '\\|'));
}
