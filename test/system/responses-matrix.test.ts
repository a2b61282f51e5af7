import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FormatName, formatNames } from '../../functions/core/endpoints/endpoint.ts';
import { builtinAt } from '../support/builtin-at.ts';
import { type Answered, respond } from '../support/responses-client.ts';
import { type Act, type End, saidIn } from '../support/said-in.ts';
import {
  after,
  hangUp,
  type RecordedRequest,
  type Script,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';
import { formatOfPath, refusalOf, type StrictProvider } from '../support/strict-upstream.ts';

type Fields = Record<string, unknown>;

let script: Script;
let upstream: ScriptedUpstream;
let mesh: Mesh;
let account: Account;

/** The built-in provider of each format, by its own rules and as strict as it is. */
const providerOf = {
  chat: 'deepseek',
  responses: 'openai',
  messages: 'anthropic',
  gemini: 'google',
  converse: 'bedrock',
} as const;

beforeAll(async () => {
  const strict = (request: RecordedRequest) => refusalOf(request.path.split('/')[1] as StrictProvider, request);
  upstream = await startScriptedUpstream((request) => script(request), { strict });
  const builtin = builtinAt(upstream.url);
  const modelOf = (format: FormatName, model: string, provider: StrictProvider = providerOf[format]) => ({
    context_length: 100_000,
    max_output_tokens: 4_000,
    capabilities: ['tools', 'reasoning', 'vision', 'json_schema'],
    ...(format === 'converse' ? { reasoning: { issuer: 'anthropic-claude-v1' } } : {}),
    endpoints: [{ provider, model, price: { input: '3', output: '15' } }],
  });
  const models = formatNames.flatMap((format) => [
    [`acme/${format}`, modelOf(format, `m-${format}`)],
    // Its breaker opens.
    [`acme/${format}-cut`, modelOf(format, `cut-${format}`)],
  ]);
  // DeepSeek sees nothing.
  models.push(['acme/chat-images', { ...modelOf('chat', 'm-images', 'mistral'), capabilities: ['tools', 'vision'] }]);
  mesh = await startMesh({ catalogue: { providers: builtin.providers, models: Object.fromEntries(models) } });
  account = await mesh.makeOwner({ amount: '1000', key: { rpm_limit: 100_000 } });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
  if (process.env.RESPONSES_MATRIX === 'on') console.log(table());
});

const rows = new Map<string, Set<string>>();
function table(): string {
  const head = ['case', ...formatNames];
  const lines = [...rows].map(([name, passed]) => [
    name,
    ...formatNames.map((format) => (passed.has(format) ? 'yes' : '–')),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const isStreamed = ({ path, body }: { path: string; body: string }) =>
  /stream/i.test(path.split('?')[0] ?? '') || JSON.parse(body).stream === true;

/** Every endpoint answers with these, one after the other. */
function answers(...turns: (readonly Act[] | { acts: readonly Act[]; end: End })[]): void {
  let turn = 0;
  script = (request) => {
    const given = turns[turn++] ?? [];
    const { acts, end } = 'acts' in given ? given : { acts: given, end: 'whole' as const };
    const format = formatOfPath(request.path);
    if (format === null) throw new Error(`No format has ${request.path}`);
    return saidIn(format, isStreamed(request), acts, end);
  };
}

const lastBody = () => JSON.parse(upstream.requests.at(-1)?.body ?? '{}') as Fields;
const ofType = (items: readonly Fields[], type: string) => items.filter((item) => item.type === type);

const weather = {
  type: 'function',
  name: 'weather',
  description: 'The weather in a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};
const applyPatch = {
  type: 'custom',
  name: 'apply_patch',
  description: 'Edits files by a patch',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: "*** Begin Patch" /.+/s "*** End Patch"' },
};
const agents = {
  type: 'namespace',
  name: 'agents',
  description: 'Other agents',
  tools: [
    { type: 'function', name: 'spawn', parameters: { type: 'object', properties: { task: { type: 'string' } } } },
  ],
};
const PATCH = '*** Begin Patch\n*** Add File: "a".txt\n+ä\\n\n*** End Patch';

/** What Codex sends with every request. */
const ofCodex = {
  instructions: 'Be brief.',
  store: false,
  include: ['reasoning.encrypted_content'],
  reasoning: { effort: 'medium', summary: 'auto' },
  tool_choice: 'auto',
  parallel_tool_calls: true,
  prompt_cache_key: 'k',
  client_metadata: { session: 's' },
  service_tier: 'auto',
  tools: [weather, applyPatch, agents, { type: 'web_search', external_web_access: false }],
  max_output_tokens: 2_000,
};
const hello = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] };
const results = (items: readonly Fields[]) =>
  items.flatMap(({ type, call_id }) =>
    type === 'function_call' || type === 'custom_tool_call'
      ? [{ type: `${type}_output`, call_id, output: `done ${call_id}` }]
      : [],
  );

describe.each(formatNames.flatMap((format) => [true, false].map((stream) => ({ format, stream }))))(
  'responses to $format, streamed: $stream',
  ({ format, stream }) => {
    const ask = async (input: unknown, { mayFail, ...more }: Fields = {}): Promise<Answered> => {
      const answered = await respond(mesh, account.key, {
        ...ofCodex,
        model: `acme/${format}`,
        input,
        stream,
        ...more,
      });
      if (answered.status !== 200 && mayFail !== true) throw new Error(JSON.stringify(answered.response));
      return answered;
    };
    const passed = (name: string) => rows.set(name, (rows.get(name) ?? new Set()).add(format));

    test('text', async () => {
      answers([{ say: 'Hello there.' }]);
      const { response, text, headers } = await ask([hello]);
      expect([response.status, text]).toEqual(['completed', 'Hello there.']);
      expect(response).toMatchObject({
        model: `acme/${format}`,
        usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
      });
      expect(response.cost).toBe('0.000105');
      expect(headers.get('x-mesh-dropped-tools')).toBe('web_search');
      expect(JSON.stringify(lastBody())).not.toContain('web_search');
      passed('text');
    });

    test('a tool, and the turn after it', async () => {
      answers(
        [{ say: 'Let me look.' }, { call: 'weather', id: 'call_a', args: { city: 'Pune' } }],
        [{ say: 'Sunny.' }],
      );
      const first = await ask([hello]);
      const [call] = ofType(first.items, 'function_call');
      expect(call).toMatchObject({ call_id: 'call_a', name: 'weather', arguments: '{"city":"Pune"}' });
      const second = await ask([hello, ...first.items, ...results(first.items)]);
      expect(second.text).toBe('Sunny.');
      expect(JSON.stringify(lastBody())).toContain('done call_a');
      passed('tools, second turn');
    });

    test('parallel calls', async () => {
      answers(
        [
          { call: 'weather', id: 'call_a', args: { city: 'Pune' } },
          { call: 'weather', id: 'call_b', args: { city: 'Agra' } },
        ],
        [{ say: 'Both sunny.' }],
      );
      const first = await ask([hello]);
      expect(ofType(first.items, 'function_call').map(({ arguments: args }) => args)).toEqual([
        '{"city":"Pune"}',
        '{"city":"Agra"}',
      ]);
      const second = await ask([hello, ...first.items, ...results(first.items)]);
      expect(second.text).toBe('Both sunny.');
      passed('parallel calls');
    });

    test('a custom tool, and the turn after it', async () => {
      answers([{ custom: 'apply_patch', id: 'call_p', input: PATCH }], [{ say: 'Patched.' }]);
      const first = await ask([hello]);
      expect(ofType(first.items, 'function_call')).toEqual([]);
      expect(ofType(first.items, 'custom_tool_call')).toMatchObject([
        { call_id: 'call_p', name: 'apply_patch', input: PATCH },
      ]);
      const second = await ask([hello, ...first.items, ...results(first.items)]);
      expect(second.text).toBe('Patched.');
      expect(JSON.stringify(lastBody())).toContain('Begin Patch');
      passed('custom tools');
    });

    test('a tool of a namespace, and the turn after it', async () => {
      answers([{ call: 'spawn', namespace: 'agents', id: 'call_n', args: { task: 'x' } }], [{ say: 'Spawned.' }]);
      const first = await ask([hello]);
      expect(ofType(first.items, 'function_call')).toMatchObject([
        { name: 'spawn', namespace: 'agents', call_id: 'call_n' },
      ]);
      const second = await ask([hello, ...first.items, ...results(first.items)]);
      expect(second.text).toBe('Spawned.');
      if (format !== 'responses') expect(JSON.stringify(lastBody())).toContain('agents__spawn');
      passed('namespaces');
    });

    test('tools that come with the input', async () => {
      answers([{ call: 'late', id: 'call_l', args: {} }]);
      const late = { type: 'function', name: 'late', parameters: { type: 'object', properties: {} } };
      const { items } = await ask([hello, { type: 'additional_tools', tools: [late] }, hello]);
      expect(ofType(items, 'function_call')).toMatchObject([{ name: 'late', call_id: 'call_l' }]);
      expect(JSON.stringify(lastBody())).toContain('"late"');
      passed('additional tools');
    });

    test('images, the user’s and a tool’s', async () => {
      answers([{ call: 'weather', id: 'call_a', args: { city: 'Pune' } }], [{ say: 'A cat.' }]);
      const image = { type: 'input_image', image_url: `data:image/png;base64,${PNG}`, detail: 'auto' };
      const shown = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'What is this?' }, image] };
      const model = format === 'chat' ? 'acme/chat-images' : `acme/${format}`;
      const first = await ask([shown], { model });
      expect(JSON.stringify(lastBody())).toContain(PNG);
      const [call] = ofType(first.items, 'function_call');
      const output = [{ type: 'input_text', text: 'Here.' }, image];
      const second = await ask([shown, call, { type: 'function_call_output', call_id: 'call_a', output }], { model });
      expect(second.text).toBe('A cat.');
      passed('images');
    });

    test('reasoning over three turns, with another endpoint in the middle', async () => {
      // Claude is one issuer, wherever it is served.
      const other = format === 'messages' || format === 'converse' ? 'gemini' : 'messages';
      const thought = (seal: string): Act[] => [
        { think: `I think of ${seal}.`, seal },
        { call: 'weather', id: `call_${seal}`, args: { city: seal } },
      ];
      answers(thought('one'), thought('two'), [{ say: 'Done.' }]);
      const first = await ask([hello]);
      const [reasoning] = ofType(first.items, 'reasoning');
      expect(JSON.stringify(reasoning)).not.toContain('"one"');
      expect(reasoning).toMatchObject({ summary: [{ text: 'I think of one.' }] });
      expect(reasoning?.encrypted_content).toMatch(/^s1_/);
      const history = [hello, ...first.items, ...results(first.items)];
      const second = await ask(history, { model: `acme/${other}` });
      expect(JSON.stringify(lastBody())).not.toContain('I think of one.');
      const all = [...history, ...second.items, ...results(second.items)];
      const third = await ask(all);
      expect(third.text).toBe('Done.');
      const sent = JSON.stringify(lastBody());
      // It comes back to whom it is from, and nothing of the other's does.
      if (format === 'chat') expect(sent).toContain('I think of one.');
      else expect(sent).toContain('"one"');
      expect(sent).not.toContain('I think of two.');
      passed('reasoning, three turns');
    });

    test('a refusal', async () => {
      answers([{ refuse: 'I will not.' }]);
      const { response, items } = await ask([hello]);
      expect(['completed', 'incomplete']).toContain(response.status);
      expect(JSON.stringify([items, response.incomplete_details])).toMatch(/refusal|content_filter/);
      passed('refusal');
    });

    test('the end of the limit', async () => {
      answers({ acts: [{ say: 'Too lo' }], end: 'length' });
      const { response, text } = await ask([hello]);
      expect([response.status, response.incomplete_details, text]).toEqual([
        'incomplete',
        { reason: 'max_output_tokens' },
        'Too lo',
      ]);
      passed('length stop');
    });

    test('a stream that is cut at any of its events ends as one that failed, and holds nothing', async () => {
      if (!stream) return;
      const acts: Act[] = [
        { think: 'Well.', seal: 's' },
        { say: 'Hello there.' },
        { call: 'weather', id: 'call_a', args: { city: 'Pune' } },
      ];
      const whole = [...saidIn(format, true, acts)].filter((step) => step.do === 'send').length;
      // Gemini and Converse have their finish before the last event.
      const finish = { chat: 3, responses: 1, messages: 2, gemini: 1, converse: 2 }[format];
      for (let events = 1; events <= whole - finish; events++) {
        script = () => after(events, saidIn(format, true, acts), hangUp);
        const { response, status } = await ask([hello], { model: `acme/${format}-cut`, mayFail: true });
        if (status !== 200) continue;
        expect([events, response.status]).toEqual([events, 'failed']);
        expect((response.error as Fields).code).toBe('server_error');
      }
      expect((await account.balance()).reserved_usd).toBe('0');
      passed('cut stream');
    });
  },
);

/** One pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
