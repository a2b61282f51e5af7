import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { atOnce } from '../../../test/support/at-once.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import { sentBody } from '../../../test/support/sent-body.ts';
import { builtinFiles } from '../../catalogue/builtin.ts';
import { buildCatalogue } from '../../catalogue/load-catalogue.ts';
import { type Endpoint, formatNames } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import { fitRequest } from '../fit/fit-request.ts';
import { upstreamFormats } from '../upstream-formats.ts';
import { type MessagesRequest, parseCountRequest, parseMessagesRequest } from './parse-request.ts';
import { openThoughts } from './parse-thought.ts';
import { canRelay, toRelay } from './relay-request.ts';
import { sealedBlock } from './thoughts.ts';

/** Whatever a client sends is read or refused in words, and what is read goes to any provider or is refused in words. */

type Fields = Record<string, unknown>;

const catalogue = buildCatalogue(builtinFiles, { vars: { project: 'p' } });
const all = [...catalogue.models.values()].flatMap(({ endpoints }) => endpoints);
const others = formatNames.map((format) => all.find((each) => each.format === format) as Endpoint);
const relays = (['pass', 'drop'] as const).map(
  (unknown) => all.find((each) => each.format === 'messages' && each.request.unknown === unknown) as Endpoint,
);
const seal = sealOf('own_a');

const marker = { cache_control: { type: 'ephemeral', ttl: '1h' } };
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } };
const pdf = {
  type: 'document',
  source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
  title: 'a',
};
/** All that the format has and the router knows, and some that it does not. */
const valid = {
  model: 'm',
  max_tokens: 4_000,
  system: [{ type: 'text', text: 'Be brief.', ...marker }],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Look' }, image, pdf] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'ZGF0YQ==' },
        { ...sealedBlock({ type: 'reasoning.encrypted', data: 'x', format: 'google-gemini-v1' }, seal) },
        { type: 'text', text: 'I look.', citations: [] },
        { type: 'tool_use', id: 'a', name: 'look', input: { at: 'Pune' }, ...marker },
        { type: 'tool_use', id: 'b', name: 'look', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'Rain' }, image, pdf] },
        { type: 'tool_result', tool_use_id: 'b', content: 'No', is_error: true },
        { type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'x' }] },
        { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'x' }] }, context: 'c' },
      ],
    },
    { role: 'system', content: 'In verse.' },
    { role: 'user', content: 'And?' },
    { role: 'assistant', content: 'The' },
  ],
  tools: [
    { name: 'look', description: 'Looks', input_schema: { type: 'object', properties: {} }, defer_loading: true },
  ],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  thinking: { type: 'enabled', budget_tokens: 2_000, display: 'omitted' },
  output_config: { effort: 'low', format: { type: 'json_schema', schema: { type: 'object' } } },
  context_management: { edits: [{ type: 'clear_thinking_20251015' }] },
  metadata: { user_id: 'u' },
  stop_sequences: ['END'],
  temperature: 1,
  stream: true,
  provider: { order: ['a'] },
};

/** Every place in a value, as the keys that lead there. */
function placesIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, part]) => placesIn(part, [...path, key]))];
}
const places = placesIn(valid).slice(1);

function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as Fields) }) as Fields;
  const part = changed(copy[key], rest, to);
  if (part === undefined) delete copy[key];
  else copy[key] = part;
  return copy;
}

const anything = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', 'x', 0, -1, 1e300, true, [], {}, [null], [[]], [{}], { type: 'text' }),
  fc.constantFrom<unknown>({ type: 'text', text: '' }, { type: 'new_kind' }, 'system', 'mesh.AAAA', 'disabled', 'a'),
  fc.jsonValue({ maxDepth: 3 }),
);
const body = fc
  .array(fc.tuple(fc.constantFrom(...places), anything), { maxLength: 3 })
  .map((changes) => changes.reduce<unknown>((each, [place, to]) => changed(each, place, to), valid));

/** Null where it was refused, which is to be said in words, and to be the caller's own mistake. */
function inWords<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof MeshError) || error.status >= 500) throw error;
    return null;
  }
}

function translate({ chat }: MessagesRequest, endpoint: Endpoint): string {
  const opened = openThoughts(chat, endpoint.reasoning.issuer, seal);
  const fitted = fitRequest({ chat: opened, raw: {}, maxOutputTokens: 4_000 }, endpoint);
  return sentBody(upstreamFormats[endpoint.format].request(fitted, endpoint).body, endpoint);
}

describe('any body', () => {
  test('is read, or refused in words, and never goes wrong on the way to a provider', () => {
    let read = 0;
    fc.assert(
      fc.property(body, (given) => {
        inWords(() => atOnce(parseCountRequest(given)));
        const request = inWords(() => atOnce(parseMessagesRequest(given)));
        if (request === null) return;
        read++;
        if (request.needed !== null) expect(request.needed).toMatch(/^(messages|tools)\.\d+\./);
        for (const endpoint of others) if (request.needed === null) inWords(() => translate(request, endpoint));
        for (const endpoint of relays) {
          if (!canRelay(request, {}, endpoint)) continue;
          const sent = sentBody(toRelay(request, {}, endpoint, 4_000, seal).body, endpoint);
          expect(sent).not.toContain('"signature":"mesh.');
          expect(JSON.parse(sent)).not.toHaveProperty('provider');
        }
      }),
      { numRuns: 1_000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  test('that is right is read, and translated for every format', () => {
    const request = atOnce(parseMessagesRequest(valid));
    expect(request.needed).toBeNull();
    for (const endpoint of others.filter(({ format }) => format !== 'responses')) {
      expect(translate(request, endpoint)).toContain('Pune');
    }
  });
});
