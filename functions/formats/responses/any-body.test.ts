import { describe, expect, test } from '@jest/globals';
import { answers, TOOLS } from '../../../test/support/arbitrary-answers.ts';
import { atOnce } from '../../../test/support/at-once.ts';
import fc from '../../../test/support/fast-check.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { changed, placesIn } from '../../../test/support/places-in.ts';
import { sentBody } from '../../../test/support/sent-body.ts';
import { refusalOf, type StrictProvider } from '../../../test/support/strict-upstream.ts';
import { builtinFiles } from '../../catalogue/builtin.ts';
import { buildCatalogue } from '../../catalogue/load-catalogue.ts';
import { type Endpoint, type FormatName, formatNames } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import { noUsage } from '../../core/money/usage.ts';
import { createKeyRing, OWN_KEY_BYTES } from '../../core/seal/key-ring.ts';
import { createSeal } from '../../core/seal/seal.ts';
import { response } from '../../router/operations/responses/reply-schemas.ts';
import { fitRequest, toolNamesOf } from '../fit/fit-request.ts';
import { restoreCompletion } from '../fit/restore-names.ts';
import { ownerSeal } from '../shared/owner-seal.ts';
import { upstreamFormats } from '../upstream-formats.ts';
import { encodeResponse } from './encode-response.ts';
import { parseResponsesRequest, type ResponsesRequest } from './parse-request.ts';
import { canRelay, toRelayRequest } from './relay-request.ts';

/** What any client may send, and what any provider may have answered, is taken by every provider or refused in words. */

type Fields = Record<string, unknown>;

const catalogue = buildCatalogue(builtinFiles, { vars: { project: 'p' } });
const all = [...catalogue.models.values()].flatMap(({ endpoints }) => endpoints);
const targets: Endpoint[] = [
  ...all.filter(({ provider, format }, at) => {
    const same = (each: Endpoint) => each.provider === provider && each.format === format;
    return provider !== 'mesh' && all.findIndex(same) === at;
  }),
  makeEndpoint({ provider: 'unknown', capabilities: new Set(['tools', 'reasoning', 'sampling']) }),
];
const named = targets.map((endpoint) => [endpoint.id, endpoint] as const);
const sources = Object.fromEntries(
  formatNames.map((format) => [format, all.find((each) => each.format === format) as Endpoint]),
) as Record<FormatName, Endpoint>;

const seal = ownerSeal(createSeal(createKeyRing([new Uint8Array(OWN_KEY_BYTES)])), 'own_1');

const tools = TOOLS.map((name, at) =>
  at === 0 ? { type: 'function', name, parameters: { type: 'object' } } : { type: 'custom', name },
);
const question = { role: 'user', content: 'And?' };
const head = { id: 'req_1', created: 7, model: 'm', auto: false, provider: 'p', fingerprint: 'f' };
const bill = { usage: noUsage, usd: '0', mesh: {} };

interface Turn {
  format: FormatName;
  reply: unknown;
  /** Whether its client sends ids instead of items. */
  refers: boolean;
}
const turn: fc.Arbitrary<Turn> = fc
  .tuple(fc.constantFrom(...formatNames), fc.boolean())
  .chain(([format, refers]) => answers[format].map((reply) => ({ format, reply, refers })));

/** The items of a turn, as its client sends them in the next one, with results of its calls. */
function itemsOf({ format, reply, refers }: Turn, place: number): Fields[] {
  const source = sources[format];
  const body = { model: 'm', input: 'x', tools, reasoning: { summary: 'auto' } };
  const include = refers ? {} : { store: false, include: ['reasoning.encrypted_content'] };
  const request = atOnce(parseResponsesRequest({ ...body, ...include }, {}, seal));
  const names = toolNamesOf(request.pivot.chat, source);
  const completion = restoreCompletion(upstreamFormats[format].response(reply, source), names);
  const text = encodeResponse(completion, request, { ...head, id: `req_${place}` }, bill);
  const { output } = response.parse(JSON.parse(text));
  const items = output.map((item): Fields => (refers ? { type: 'item_reference', id: item.id } : item));
  const results = output.flatMap(({ type, call_id }) =>
    type === 'function_call' || type === 'custom_tool_call'
      ? [{ type: `${type}_output`, call_id, output: 'done' }]
      : [],
  );
  return [...items, ...results];
}

function sentTo(endpoint: Endpoint, request: ResponsesRequest): { body: string; path: string } {
  const { body } = canRelay(request, endpoint)
    ? toRelayRequest(request, endpoint, 4_000)
    : upstreamFormats[endpoint.format].request(
        fitRequest({ ...request.pivot, maxOutputTokens: 4_000 }, endpoint),
        endpoint,
      );
  return { body: sentBody(body, endpoint), path: new URL(endpoint.url).pathname };
}

/** Providers that were asked as the client asked. */
const relayed = new Set<string>();

describe('any history', () => {
  test.each(named)('is taken by %s', (_, endpoint) => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 4 }), fc.boolean(), (turns, isPlain) => {
        const input = [...turns.flatMap((each, at) => [question, ...itemsOf(each, at)]), question];
        const request = atOnce(
          parseResponsesRequest(
            { model: 'm', instructions: 'Be brief.', input, tools: isPlain ? tools.slice(0, 1) : tools },
            {},
            seal,
          ),
        );
        if (canRelay(request, endpoint)) relayed.add(endpoint.provider);
        expect(refusalOf(endpoint.provider as StrictProvider, sentTo(endpoint, request))).toBeNull();
      }),
      { numRuns: 25 },
    );
  });

  test('may end a turn in nothing but thoughts, several of them', () => {
    const [, endpoint] = named.find(([name]) => name === 'openai/o3') ?? [];
    if (endpoint === undefined) throw new Error('o3 is not in the catalogue');
    const thoughts = ['a', 'b'].map((id) => ({ type: 'reasoning', id, summary: [], encrypted_content: id }));
    const reply = { id: 'r', object: 'response', created_at: 1, status: 'completed', model: 'm', output: thoughts };
    const input = [question, ...itemsOf({ format: 'responses', reply, refers: true }, 0), question];
    const request = atOnce(parseResponsesRequest({ model: 'm', input }, {}, seal));
    expect(canRelay(request, endpoint)).toBe(true);
    expect(refusalOf(endpoint.provider as StrictProvider, sentTo(endpoint, request))).toBeNull();
  });

  test('was relayed where the provider speaks the format', () => expect([...relayed]).toEqual(['openai']));
});

const valid = {
  model: 'm',
  instructions: 'Be brief.',
  input: [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'x' },
        { type: 'input_image', image_url: 'data:image/png;base64,AA==' },
      ],
    },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 't' }], encrypted_content: 'gAAA' },
    { type: 'function_call', call_id: 'a', name: 'f', namespace: 'n', arguments: '{}' },
    { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_text', text: 'y' }] },
    { type: 'custom_tool_call', call_id: 'b', name: 'g', input: 'z' },
    { type: 'custom_tool_call_output', call_id: 'b', output: 'y' },
    { type: 'additional_tools', tools: [{ type: 'function', name: 'late', parameters: { type: 'object' } }] },
    { type: 'compaction', encrypted_content: 'c' },
    {
      role: 'assistant',
      content: [
        { type: 'output_text', text: 'x' },
        { type: 'refusal', refusal: 'no' },
      ],
      phase: 'commentary',
    },
  ],
  tools: [
    { type: 'function', name: 'f', description: 'd', parameters: { type: 'object', properties: {} }, strict: true },
    { type: 'custom', name: 'g', format: { type: 'grammar', syntax: 'lark', definition: 'd' } },
    { type: 'namespace', name: 'n', description: 'd', tools: [{ type: 'function', name: 'f' }] },
    { type: 'web_search' },
    { type: 'local_shell' },
  ],
  tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
  text: { format: { type: 'json_schema', name: 's', schema: { type: 'object' }, strict: true }, verbosity: 'low' },
  reasoning: { effort: 'low', summary: 'auto' },
  include: ['reasoning.encrypted_content'],
  metadata: { a: 'b' },
  store: false,
  stream: true,
};

const places = placesIn(valid);

const anything = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    '',
    'x',
    0,
    -1,
    1e300,
    true,
    [],
    {},
    [null],
    [[]],
    { type: 'function' },
    'item_reference',
    'rs_s1_x',
    's1_x',
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

test('any body is read, or refused in words, and never goes wrong on the way to a provider', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...places), anything), { maxLength: 3 }), (changes) => {
      const body = changes.reduce<unknown>((each, [place, to]) => changed(each, place, to), valid);
      const inWords = <T>(act: () => T): T | null => {
        try {
          return act();
        } catch (error) {
          if (!(error instanceof MeshError) || error.status >= 500) throw error;
          return null;
        }
      };
      const request = inWords(() => atOnce(parseResponsesRequest(body, {}, seal)));
      if (request === null) return;
      for (const format of formatNames) inWords(() => sentTo(sources[format], request));
    }),
    { numRuns: 800 },
  );
});
