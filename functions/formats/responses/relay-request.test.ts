import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import { parseResponsesRequest } from './parse-request.ts';
import { canRelay, toRelayRequest } from './relay-request.ts';

type Fields = Record<string, unknown>;

const openai = makeEndpoint({ format: 'responses', request: { unknown: 'pass' } });
const other = makeEndpoint({ format: 'responses', request: { unknown: 'drop' } });
const read = (more: Fields) => atOnce(parseResponsesRequest({ model: 'm', input: 'x', ...more }, {}, sealOf('own_1')));
const sent = (more: Fields, endpoint = openai) => toRelayRequest(read(more), endpoint, 100).body as Fields;
const fn = (name: string) => ({ type: 'function', name, parameters: { type: 'object', properties: {} } });

describe('a relay', () => {
  const namespace = { type: 'namespace', name: 'n'.repeat(40), description: 'd', tools: [fn('t'.repeat(40))] };

  test('takes a namespace and its tools by the names that each has', () => {
    expect(canRelay(read({ tools: [namespace] }), openai)).toBe(true);
    const call = {
      type: 'function_call',
      call_id: 'a',
      namespace: namespace.name,
      name: 't'.repeat(40),
      arguments: '{}',
    };
    const input = [call, { type: 'function_call_output', call_id: 'a', output: 'x' }];
    expect(canRelay(read({ tools: [namespace], input }), openai)).toBe(true);
  });

  test.each([
    ['a tool', { tools: [fn('t'.repeat(65))] }],
    ['a namespace', { tools: [{ ...namespace, name: 'n'.repeat(65) }] }],
    ['a tool of a namespace', { tools: [{ ...namespace, tools: [fn('a.b')] }] }],
    [
      'an earlier call',
      {
        input: [
          { type: 'function_call', call_id: 'a', name: 'a.b', arguments: '{}' },
          { type: 'function_call_output', call_id: 'a', output: 'x' },
        ],
      },
    ],
  ])('is not for %s whose name the endpoint refuses', (_, more) => expect(canRelay(read(more), openai)).toBe(false));

  test('says to nobody but OpenAI what only OpenAI knows', () => {
    const named = { prompt_cache_key: 'k', safety_identifier: 's', something: 1 };
    expect(sent(named)).toMatchObject({ ...named, service_tier: 'default' });
    const plain = sent(named, other);
    for (const field of [...Object.keys(named), 'service_tier', 'truncation']) expect(plain).not.toHaveProperty(field);
  });

  test('has no nulls, which Python’s SDK writes for whatever is not there', () => {
    const input = [
      { role: 'user', content: 'x', status: null },
      { type: 'function_call', call_id: 'a', name: 'f', namespace: null, arguments: '{}', status: null },
      { type: 'function_call_output', call_id: 'a', output: 'y', status: null },
    ];
    const tools = [
      { ...fn('f'), description: null, strict: null },
      { type: 'custom', name: 'c', description: null, format: null },
    ];
    const body = sent({
      input,
      tools,
      reasoning: { effort: null, summary: null },
      text: { format: null, verbosity: null },
    });
    expect(JSON.stringify(body)).not.toContain('null');
    expect(body).toMatchObject({
      input: [{ content: 'x' }, { name: 'f' }, { output: 'y' }],
      tools: [{ name: 'f' }, { name: 'c' }],
    });
  });

  test('fits the schema of the answer like those of tools', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string', minLength: 1 }, b: { oneOf: [{ type: 'string' }, { type: 'null' }] } },
      required: ['a', 'b'],
      additionalProperties: false,
    };
    const { text } = sent({
      text: { format: { type: 'json_schema', name: 's', strict: true, schema }, verbosity: 'low' },
    });
    expect(text).toMatchObject({ format: { type: 'json_schema', name: 's', strict: true }, verbosity: 'low' });
    expect(JSON.stringify(text)).not.toMatch(/"minLength"|"oneOf"/);
    expect(sent({ text: { format: { type: 'json_object' } } }).text).toEqual({ format: { type: 'json_object' } });
  });

  test('has nothing that is for the router alone, and no ids, which name nothing there', () => {
    const input = [{ type: 'message', id: 'msg_s1_x', status: 'completed', role: 'user', content: 'x' }];
    const ours = { client_metadata: { session: 's' }, session_id: 's', timeout: 9, provider: {}, models: ['m'] };
    const body = sent({ input, ...ours });
    for (const field of Object.keys(ours)) expect(body).not.toHaveProperty(field);
    expect(body.input).toEqual([{ type: 'message', role: 'user', content: 'x' }]);
  });

  test('has no thought that nothing follows, which OpenAI refuses', () => {
    const seal = sealOf('own_1');
    const details = [{ type: 'reasoning.encrypted', data: 'e', id: 'rs_1', format: openai.reasoning.issuer }];
    const thought = {
      type: 'reasoning',
      summary: [],
      encrypted_content: seal.seal('reasoning', openai.reasoning.issuer, JSON.stringify(details)),
    };
    const [user, said] = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: 'y' },
    ];
    const kinds = (input: Fields[]) =>
      (sent({ input }).input as Fields[]).map(({ type, role }) => (type === 'message' ? role : type));
    expect(kinds([user, thought, said, thought, user])).toEqual(['user', 'reasoning', 'assistant', 'user']);
  });

  test('never stores, whatever is said', () => expect(sent({ store: true }).store).toBe(false));
});

describe('a choice of a tool on a relay', () => {
  const search = { type: 'web_search' };
  const f = { type: 'function', name: 'f' };
  const choice = (more: Fields) => sent(more).tool_choice;
  const allowed = (...tools: Fields[]) => ({ type: 'allowed_tools', mode: 'auto', tools });

  test('goes as it is', () => expect(choice({ tools: [fn('f')], tool_choice: f })).toEqual(f));

  test('is left out where there are no tools to choose from', () => {
    expect(choice({ tools: [search], tool_choice: 'auto' })).toBeUndefined();
  });

  test('of a tool that comes with the input goes too', () => {
    const input = [
      { role: 'user', content: 'x' },
      { type: 'additional_tools', tools: [fn('f')] },
    ];
    expect(choice({ input, tool_choice: f })).toEqual(f);
  });

  test('among some leaves out what works at the provider', () => {
    expect(choice({ tools: [fn('f'), search], tool_choice: allowed(f, search) })).toEqual(allowed(f));
  });

  test('among nothing that is there is the choice of none', () => {
    expect(choice({ tools: [fn('f'), search], tool_choice: allowed(search) })).toBe('none');
    expect(choice({ tools: [search], tool_choice: allowed(search) })).toBeUndefined();
  });

  test.each([
    ['required', { tools: [search], tool_choice: 'required' }],
    ['required, of no tools at all', { tool_choice: 'required' }],
    ['of none of those allowed', { tools: [fn('f')], tool_choice: { ...allowed(), mode: 'required' } }],
  ])('%s, that cannot be made, is refused', (_, more) => {
    expect(() => read(more)).toThrow(expect.objectContaining({ param: 'tool_choice' }));
  });

  test('required of what the client does itself goes to OpenAI', () => {
    expect(choice({ tools: [{ type: 'local_shell' }], tool_choice: 'required' })).toBe('required');
  });
});
