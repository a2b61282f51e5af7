import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from '../support/fast-check.ts';
import { modelAnswer } from '../support/model-answers.ts';
import { placesIn, put } from '../support/places-in.ts';
import { refusalOfGeminiRelay } from '../support/relayed-gemini.ts';
import {
  after,
  html,
  json,
  reset,
  type Script,
  type ScriptedUpstream,
  type Step,
  stall,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
let script: Script = () => json({});

const formats = ['gemini', 'chat'] as const;
type Format = (typeof formats)[number];

const answer = {
  id: 'a1',
  thinking: 'Hm, I see.',
  text: 'I look.',
  calls: [{ id: 'call_1', name: 'look', args: '{"at":"Pune"}' }],
};
const good = (format: Format, streamed: boolean) => modelAnswer(format, streamed, answer);
const works: Script = ({ path, body }) => {
  const format = path.startsWith('/gemini') ? 'gemini' : 'chat';
  return good(format, /stream/i.test(path) || JSON.parse(body).stream === true);
};

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request), { strict: refusalOfGeminiRelay });
  const price = { input: '3', output: '15' };
  const model = (...providers: string[]) => ({
    context_length: 10_000,
    max_output_tokens: 2_000,
    capabilities: ['tools', 'vision', 'reasoning', 'n'],
    endpoints: providers.map((provider) => ({ provider, model: 'm', price, visible_output: true })),
  });
  const gemini = {
    format: 'gemini',
    base_url: `${upstream.url}/gemini/v1beta/models/{model}`,
    auth: { type: 'none' },
  };
  const chat = { format: 'chat', base_url: `${upstream.url}/chat/v1`, auth: { type: 'none' } };
  mesh = await startMesh({
    limits: { connect: 1_000, firstByte: 1_500, idle: 700 },
    catalogue: {
      // Breakers that others have opened are not those of the spare and the frail one.
      providers: { gemini: { ...gemini, request: { unknown: 'pass' } }, chat, frail: gemini, spare: chat },
      models: {
        'acme/gemini': model('gemini'),
        'acme/chat': model('chat'),
        'acme/both': model('frail', 'spare'),
      },
    },
  });
  account = await mesh.makeOwner({ amount: '1000', key: { rpm_limit: 100_000, tpm_limit: 100_000_000 } });
});
afterEach(async () => {
  // What is given back after a refusal is not waited for by its caller.
  while ((await account.balance()).reserved_usd !== '0');
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
  // What was asked and answered is in no line of the log.
  const lines = JSON.stringify(mesh.log.lines);
  for (const word of ['I look.', 'Hm, I see', 'word and', 'contents[0]: no']) expect(lines).not.toContain(word);
});

const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];
const hello = { contents, generationConfig: { maxOutputTokens: 100 } };
const verbs = {
  whole: 'generateContent',
  events: 'streamGenerateContent?alt=sse',
  list: 'streamGenerateContent',
} as const;
type Form = keyof typeof verbs;

const post = (body: unknown, form: Form = 'whole', model = 'acme/gemini', options: object = {}) =>
  mesh.call('POST', `/v1beta/models/${model}:${verbs[form]}`, { key: account.key, body, ...options });

function expectError(reply: CallReply, code: number, status: string): void {
  expect([reply.status, reply.body?.error?.code, reply.body?.error?.status]).toEqual([code, code, status]);
  expect(typeof reply.body.error.message).toBe('string');
  const types = reply.body.error.details.map((each: Record<string, string>) => each['@type']?.split('.').at(-1));
  expect(types).toEqual(expect.arrayContaining(['ErrorInfo', 'RequestInfo']));
}

/** What a stream held, each as an object. */
function responsesIn({ text }: CallReply, form: Form): Record<string, never>[] {
  if (form === 'list') return JSON.parse(text);
  return text
    .split('\n\n')
    .filter((frame) => frame.trim() !== '')
    .map((frame) => JSON.parse(frame.slice('data: '.length)));
}

describe('bad input is refused in Google’s shape, and nothing is sent or held', () => {
  const part = (fields: object) => ({ contents: [{ role: 'user', parts: [fields] }] });
  test.each<[string, unknown]>([
    ['nothing', ''],
    ['no JSON', '{"contents": ['],
    ['a list', '[]'],
    ['no contents', {}],
    ['no content', { contents: [] }],
    ['an unknown role', { contents: [{ role: 'system', parts: [{ text: 'x' }] }] }],
    ['a limit in words', { ...hello, generationConfig: { maxOutputTokens: 'many' } }],
    ['an image that is none', part({ inlineData: {} })],
    [
      'a system that is no text',
      { ...hello, systemInstruction: { parts: [{ inlineData: { mimeType: 'a/b', data: 'x' } }] } },
    ],
    ['another nesting than anybody needs', `${'['.repeat(300)}${']'.repeat(300)}`],
  ])('%s', async (_name, body) => {
    const before = upstream.requests.length;
    expectError(await post(body), 400, 'INVALID_ARGUMENT');
    expect(upstream.requests.length).toBe(before);
  });

  test.each<[string, string, object]>([
    ['serviceTier', 'serviceTier', { serviceTier: 'priority' }],
    ['service_tier', 'serviceTier', { service_tier: 'flex' }],
    ['a cache at the provider', 'cachedContent', { cached_content: 'cachedContents/x' }],
    ['search', 'tools.0.googleSearch', { tools: [{ googleSearch: {} }] }],
    ['search by its other name', 'tools.0.googleSearch', { tools: [{ google_search: {} }] }],
    ['search without its brackets', 'tools.0.googleSearch', { tools: { google_search: {} } }],
    ['code that runs there', 'tools.0.codeExecution', { tools: [{ functionDeclarations: [], codeExecution: {} }] }],
    ['pages that are read there', 'tools.0.urlContext', { tools: [{ url_context: {} }] }],
    ['speech', 'generationConfig.responseModalities', { generationConfig: { responseModalities: ['AUDIO'] } }],
    [
      'pictures',
      'generationConfig.responseModalities',
      { generation_config: { response_modalities: ['TEXT', 'IMAGE'] } },
    ],
    ['another model', 'generationConfig.routingConfig', { generationConfig: { routingConfig: { autoMode: {} } } }],
    [
      'a file that lies at the provider',
      'contents.0.parts.0.fileData.fileUri',
      part({
        fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/x', mimeType: 'image/png' },
      }),
    ],
    [
      'a file that the model is said to have given',
      'contents.0.parts.0',
      { contents: [{ role: 'model', parts: [{ file_data: { file_uri: 'https://youtu.be/x' } }] }] },
    ],
  ])('%s, which has a price of its own or lies elsewhere', async (_name, field, fields) => {
    for (const model of ['acme/gemini', 'acme/chat']) {
      const before = upstream.requests.length;
      const reply = await post({ ...hello, ...fields }, 'events', model);
      expectError(reply, 400, 'INVALID_ARGUMENT');
      const violations = reply.body.error.details.flatMap(({ fieldViolations = [] }) => fieldViolations);
      expect(violations.map((each: { field: string }) => each.field)).toEqual([field]);
      expect(upstream.requests.length).toBe(before);
    }
  });

  test('a key that is not there, or wrong', async () => {
    expectError(await post(hello, 'whole', 'acme/gemini', { key: undefined }), 401, 'UNAUTHENTICATED');
    expectError(await post(hello, 'list', 'acme/gemini', { key: 'AIza-nonsense' }), 401, 'UNAUTHENTICATED');
  });

  test('a model that is not there, a method that is not taken, a path that is none', async () => {
    expectError(await post(hello, 'whole', 'gemini-nobody'), 404, 'NOT_FOUND');
    const path = '/v1beta/models/acme/gemini:generateContent';
    expectError(await mesh.call('GET', path, { key: account.key }), 405, 'UNIMPLEMENTED');
    expectError(await mesh.call('GET', '/v1beta/models/acme/nobody', { key: account.key }), 404, 'NOT_FOUND');
  });

  test('an input that is too long', async () => {
    const long = [{ role: 'user', parts: [{ text: 'word and '.repeat(20_000) }] }];
    expectError(await post({ contents: long }), 400, 'INVALID_ARGUMENT');
  });
});

test.each([
  ['x-goog-api-key', (key: string) => ({ headers: { 'x-goog-api-key': key } })],
  ['Bearer', (key: string) => ({ key })],
])('the key comes as %s, and goes no further', async (_name, with_) => {
  script = works;
  const reply = await post(hello, 'whole', 'acme/gemini', { key: undefined, ...with_(account.key) });
  expect(reply.status).toBe(200);
  expect(JSON.stringify(upstream.requests.at(-1))).not.toContain(account.key);
});

test('the key comes in the address between programs of one machine alone', async () => {
  script = works;
  const path = `/v1beta/models/acme/gemini:generateContent?key=${account.key}`;
  const near = await mesh.call('POST', path, { body: hello });
  expect(near.status).toBe(200);
  const far = await mesh.call('POST', path, { body: hello, headers: { 'x-forwarded-for': '203.0.113.7' } });
  expectError(far, 401, 'UNAUTHENTICATED');
  const elsewhere = await mesh.call('GET', `/v1/models?key=${account.key}`);
  expect(elsewhere.status).toBe(401);
  expect(JSON.stringify(mesh.log.lines)).not.toContain(account.key);
});

test('what only Gemini can say is refused in words, where no endpoint speaks its format', async () => {
  const run = { role: 'model', parts: [{ executableCode: { language: 'PYTHON', code: '1+1' } }] };
  const body = { ...hello, contents: [...contents, run, ...contents] };
  const reply = await post(body, 'whole', 'acme/chat');
  expectError(reply, 400, 'INVALID_ARGUMENT');
  expect(reply.body.error.message).toMatch(/^contents\.1\.parts\.0: only models that are served in this format/);
  script = works;
  expect((await post(body)).status).toBe(200);
  expect(upstream.requests.at(-1)?.body).toContain('executableCode');
});

test('safety settings pass on a relay, and are dropped elsewhere', async () => {
  script = works;
  const body = {
    ...hello,
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    new: 1,
  };
  expect((await post(body)).status).toBe(200);
  const sent = JSON.parse(upstream.requests.at(-1)?.body ?? '{}');
  expect([sent.safetySettings, sent.new]).toEqual([body.safetySettings, 1]);
  expect((await post(body, 'whole', 'acme/chat')).status).toBe(200);
  expect(upstream.requests.at(-1)?.body).not.toContain('HARM');
});

const googleError = (code: number, status: string, message: string) => ({ error: { code, message, status } });

describe('what the provider says', () => {
  test('of a request is passed on in its own words on a relay', async () => {
    const body = googleError(400, 'INVALID_ARGUMENT', 'contents[0]: no');
    script = () => json(body, 400);
    for (const form of ['whole', 'events', 'list'] as const) {
      const reply = await post(hello, form);
      expect([reply.status, reply.body]).toEqual([400, body]);
    }
  });

  test('of our own account is not passed on', async () => {
    for (const [status, name, message] of [
      [400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'],
      [403, 'PERMISSION_DENIED', 'Project 123 has been denied'],
      [404, 'NOT_FOUND', 'models/m is not found for API version v1beta'],
      [400, 'FAILED_PRECONDITION', 'Please enable billing on project 123'],
    ] as const) {
      script = () => json(googleError(status, name, message), status);
      const reply = await post(hello);
      expectError(reply, 502, 'UNAVAILABLE');
      expect(reply.text).not.toContain(message);
    }
  });

  test('of a limit of its own is one to come back after', async () => {
    const quota = { ...googleError(429, 'RESOURCE_EXHAUSTED', 'Quota of project 123').error };
    const retry = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '8.2s' }];
    script = () => json({ error: { ...quota, details: retry } }, 429);
    const reply = await post(hello);
    expectError(reply, 429, 'RESOURCE_EXHAUSTED');
    expect(reply.headers.get('retry-after')).toBe('9');
    expect(reply.body.error.details).toContainEqual({ ...retry[0], retryDelay: '9s' });
    expect(reply.text).not.toContain('project 123');
  });

  test('in words that are no JSON is a failure of the provider', async () => {
    script = () => html('<html>Bad gateway</html>', 502);
    expectError(await post(hello), 502, 'UNAVAILABLE');
    script = () => html('<html>Hello</html>', 200);
    expectError(await post(hello, 'events'), 502, 'UNAVAILABLE');
  });

  test('within a stream ends it in the place of a response', async () => {
    const failing = `data: ${JSON.stringify(googleError(503, 'UNAVAILABLE', 'Overloaded'))}\n\n`;
    script = () => after(3, good('gemini', true), { do: 'send', bytes: Buffer.from(failing) } satisfies Step);
    for (const form of ['events', 'list'] as const) {
      const responses = responsesIn(await post(hello, form), form);
      expect(responses.at(-1)).toHaveProperty('error.status', 'UNAVAILABLE');
      expect(JSON.stringify(responses)).not.toContain('finishReason');
    }
  });

  test('of an end that only Gemini knows is its client’s to read, and is charged', async () => {
    const usageMetadata = { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 };
    const ended = { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', index: 0 }], usageMetadata };
    script = () => json(ended);
    const { body } = await post(hello);
    expect(body.candidates).toEqual(ended.candidates);
    expect(body.mesh.cost).toMatchObject({ usd: '0.000102', basis: 'exact' });
  });

  test('of a prompt that it does not answer passes', async () => {
    const blocked = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 9 } };
    script = () => json(blocked);
    expect((await post(hello)).body).toMatchObject(blocked);
  });
});

const frames = (format: Format) => good(format, true).filter(({ do: what }) => what === 'send').length;

describe.each(formats)('a stream of %s', (format) => {
  const model = `acme/${format}`;
  /** Frames up to the one that says why the answer ended. */
  const untilFinish = frames(format) - (format === 'gemini' ? 1 : 2);

  test.each(['events', 'list'] as const)(
    'that breaks at any event ends in an error, and never looks whole, as %s',
    async (form) => {
      for (let at = 0; at < untilFinish; at++) {
        // Who hangs keeps everybody waiting: once is enough.
        for (const end of at === 4 ? [reset, stall] : [reset]) {
          script = () => after(at, good(format, true), end);
          const reply = await post(hello, form, model);
          if (reply.status !== 200) {
            const late = end === stall;
            expectError(reply, late ? 504 : 502, late ? 'DEADLINE_EXCEEDED' : 'UNAVAILABLE');
            continue;
          }
          const responses = responsesIn(reply, form);
          expect(Object.keys(responses.at(-1) ?? {})[0]).toBe('error');
          expect(reply.text).not.toMatch(/finishReason|functionCall.*error/s);
        }
      }
    },
  );

  test('whose connection breaks after its end is whole', async () => {
    script = () => after(untilFinish + 1, good(format, true), reset);
    const responses = responsesIn(await post(hello, 'events', model), 'events');
    expect(responses.at(-1)).toHaveProperty('mesh');
    expect(JSON.stringify(responses)).toContain('"finishReason":"STOP"');
  });

  test('whose client leaves at any event ends its upstream', async () => {
    for (let at = 1; at < untilFinish; at++) {
      script = () => after(at, good(format, true), stall);
      const before = upstream.aborted.length;
      const leaving = new AbortController();
      const asked = upstream.requests.length;
      const reading = fetch(`${mesh.url}/v1beta/models/${model}:${verbs.events}`, {
        method: 'POST',
        headers: { 'x-goog-api-key': account.key },
        body: JSON.stringify(hello),
        signal: leaving.signal,
      }).then((reply) => reply.text());
      const left = expect(reading).rejects.toThrow();
      await upstream.until(({ requests }) => requests.length > asked);
      leaving.abort();
      await left;
      await upstream.until(({ aborted }) => aborted.length > before);
    }
  });

  test.each([
    ['events', 'text/event-stream; charset=utf-8'],
    ['list', 'application/json; charset=utf-8'],
  ] as const)('says last what it cost, after the charge, as %s', async (form, type) => {
    script = works;
    const reply = await post(hello, form, model);
    expect(reply.headers.get('content-type')).toBe(type);
    expect(reply.text).not.toContain('[DONE]');
    const responses = responsesIn(reply, form);
    expect(responses.length).toBeGreaterThan(2);
    const last = responses.at(-1) as unknown as Record<string, never>;
    expect(responses.filter((each) => 'mesh' in each)).toEqual([last]);
    expect(last.usageMetadata).toMatchObject({ promptTokenCount: 9, candidatesTokenCount: 5 });
    expect(last.mesh).toMatchObject({ settled: true, cost: { usd: '0.000102', basis: 'exact' } });
    const id = (last.mesh as unknown as { request_id: string }).request_id;
    const { body: charged } = await mesh.call('GET', `/v1/generation?id=${id}`, { key: account.key });
    expect(charged.data.total_cost).toBe(0.000102);
  });
});

test('what a relay fails at before its first word, another format answers', async () => {
  const failures: Step[][] = [
    json(googleError(503, 'UNAVAILABLE', 'Overloaded'), 503),
    after(0, good('gemini', true), reset),
  ];
  for (const failure of failures) {
    script = (request) => (request.path.startsWith('/gemini') ? failure : works(request));
    const reply = await post({ ...hello, provider: { order: ['frail'] } }, 'events', 'acme/both');
    const last = responsesIn(reply, 'events').at(-1) as unknown as { mesh: { routing: object } };
    expect(last.mesh.routing).toMatchObject({ attempts: 2, provider: 'spare' });
  }
});

test('where the money ends, the answer does, and says so', async () => {
  const text = 'word and '.repeat(2_000);
  for (const format of formats) {
    const poor = await mesh.makeOwner({ amount: '0.006' });
    script = () => modelAnswer(format, true, { id: 'a1', text, usage: { input: 9, output: 4_000 } });
    const body = { ...hello, generationConfig: { maxOutputTokens: 2_000 } };
    const reply = await post(body, 'list', `acme/${format}`, { key: poor.key });
    expect(reply.text).toContain('word and word');
    const last = responsesIn(reply, 'list').at(-1);
    expect(last).toMatchObject({ candidates: [{ finishReason: 'MAX_TOKENS' }], mesh: { stopped: 'spend_limit' } });
  }
});

test('without money it is said so that nobody tries again', async () => {
  const poor = await mesh.makeOwner({ amount: '0.000001' });
  const reply = await post(hello, 'events', 'acme/gemini', { key: poor.key });
  expectError(reply, 402, 'RESOURCE_EXHAUSTED');
  expect(reply.headers.get('x-should-retry')).toBe('false');
});

test('whatever is sent, nothing of ours breaks', async () => {
  script = works;
  const valid = {
    ...hello,
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    tools: [
      {
        functionDeclarations: [
          { name: 'look', parameters: { type: 'OBJECT', properties: { at: { type: 'STRING', nullable: true } } } },
        ],
      },
    ],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['look'] } },
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    contents: [
      { role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }, { text: 'Look' }] },
      {
        role: 'model',
        parts: [
          { text: 'Hm', thought: true },
          { text: 'I look.' },
          { functionCall: { id: 'a', name: 'look', args: { at: 'A' } }, thoughtSignature: 'bWVzaC5zMV9ibTl1WlE=' },
        ],
      },
      { role: 'user', parts: [{ functionResponse: { id: 'a', name: 'look', response: { output: 'A' } } }] },
    ],
    generationConfig: {
      maxOutputTokens: 100,
      temperature: 1,
      candidateCount: 1,
      responseMimeType: 'text/plain',
      stopSequences: ['END'],
      thinkingConfig: { includeThoughts: true, thinkingBudget: 64 },
    },
  };
  const places = placesIn(valid);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('acme/gemini', 'acme/chat'),
      fc.constantFrom<Form>('whole', 'events', 'list'),
      fc.array(fc.tuple(fc.constantFrom(...places), fc.oneof(fc.jsonValue(), fc.constant(undefined))), {
        maxLength: 3,
      }),
      async (model, form, changes) => {
        const body = structuredClone(valid);
        for (const [path, value] of changes) put(body, path, value);
        const reply = await post(body, form, model);
        // What the strict upstream refuses is no failure of ours.
        expect([reply.status, reply.status < 500]).toEqual([reply.status, true]);
        if (reply.status !== 200) expect(reply.body.error).toHaveProperty('status');
        else if (form !== 'whole') expect(responsesIn(reply, form).at(-1)).toHaveProperty('mesh');
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);
