import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { memoryTelemetry } from '../support/memory-telemetry.ts';
import { after, json, reset, type Script, startScriptedUpstream, stream } from '../support/scripted-upstream.ts';
import { startMesh } from '../support/start-mesh.ts';

/** Words that must be nowhere once their request is over. Each is in one place of a prompt, an answer or a credential. */
const canaries = {
  system: 'canary-system-7f3a',
  prompt: 'canary-prompt-91bc',
  tool: 'canary_tool_44de',
  user: 'canary-user-5512',
  answer: 'canary-answer-e07f',
  embedded: 'canary-embedded-a1d0',
  reasoning: 'canary-reasoning-2b8d',
  error: 'canary-error-c3c9',
  secret: 'sk-canary-secret-abcdef0123456789',
};

const frame = (body: unknown) => `data: ${JSON.stringify(body)}\n\n`;
const delta = (fields: object, finish: string | null = null) =>
  frame({ choices: [{ index: 0, delta: fields, finish_reason: finish }] });
const answered = [
  delta({ reasoning_content: canaries.reasoning }),
  delta({ content: canaries.answer }),
  delta({}, 'stop'),
  'data: [DONE]\n\n',
];
/** A chat's answer and an embedding's at once: each reads its own. */
const whole = {
  data: [{ index: 0, embedding: [0.25, -0.5] }],
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: canaries.answer, reasoning_content: canaries.reasoning },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 5, completion_tokens: 5 },
};

test('prompts, completions and secrets are in no document, file, log line, span, metric or error, however a request ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-canaries-'));
  let script: Script = () => json(whole);
  const upstream = await startScriptedUpstream((request) => script(request));
  const provider = { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'bearer', secret: 'acme-api-key' } };
  const endpoint = { model: 'm', price: { input: '1', output: '2' } };
  const telemetry = memoryTelemetry({ ratio: 1 });
  const mesh = await startMesh({
    telemetry,
    documents: await openSqliteDocuments(join(folder, 'mesh.db')),
    env: { ACME_API_KEY: canaries.secret },
    limits: { connect: 300, firstByte: 300, idle: 300 },
    catalogue: {
      providers: { acme: provider, acme2: provider },
      models: {
        'acme/large': {
          context_length: 100_000,
          max_output_tokens: 1_000,
          capabilities: ['tools', 'reasoning'],
          endpoints: [
            { provider: 'acme', ...endpoint },
            { provider: 'acme2', ...endpoint },
          ],
        },
        'acme/vectors': {
          model_type: 'embedding',
          context_length: 1_000,
          endpoints: [
            { provider: 'acme', ...endpoint },
            { provider: 'acme2', ...endpoint },
          ],
        },
      },
    },
  });
  const account = await mesh.makeOwner();
  const body = (streamed: boolean, more: object = {}) => ({
    model: 'acme/large',
    stream: streamed,
    user: canaries.user,
    // Not asked to be kept.
    metadata: { note: canaries.prompt },
    prompt_cache_key: `${canaries.system} is my key`,
    messages: [
      { role: 'system', content: canaries.system },
      { role: 'user', content: canaries.prompt },
    ],
    tools: [{ type: 'function', function: { name: canaries.tool, description: canaries.tool } }],
    ...more,
  });
  const message = (streamed: boolean) => ({
    model: 'acme/large',
    max_tokens: 100,
    stream: streamed,
    metadata: { user_id: canaries.user },
    system: canaries.system,
    messages: [{ role: 'user', content: canaries.prompt }],
    tools: [{ name: canaries.tool, description: canaries.tool, input_schema: { type: 'object' } }],
  });
  const inGooglesForm = {
    systemInstruction: { parts: [{ text: canaries.system }] },
    contents: [{ role: 'user', parts: [{ text: canaries.prompt }] }],
    tools: [{ functionDeclarations: [{ name: canaries.tool, description: canaries.tool }] }],
    generationConfig: { maxOutputTokens: 100, thinkingConfig: { includeThoughts: true } },
  };
  const google = (verb: string, given: unknown) =>
    mesh.call('POST', `/v1beta/models/acme/large:${verb}?key=${account.key}`, { body: given });
  const response = (streamed: boolean) => ({
    model: 'acme/large',
    stream: streamed,
    user: canaries.user,
    metadata: { note: canaries.prompt },
    prompt_cache_key: `${canaries.system} is my key`,
    instructions: canaries.system,
    include: ['reasoning.encrypted_content'],
    input: [{ role: 'user', content: canaries.prompt }],
    tools: [{ type: 'custom', name: canaries.tool, description: canaries.tool }],
  });
  const echoed = JSON.stringify({
    error: { message: `${canaries.error}: you said ${canaries.prompt}, key ${canaries.secret}` },
  });
  const outcomes: [string, Script][] = [
    ['whole', () => json(whole)],
    ['streamed', () => stream(answered)],
    ['breaking', () => after(2, stream(answered), reset)],
    ['refused', () => json(JSON.parse(echoed), 400)],
    ['failed', () => json(JSON.parse(echoed), 500)],
    ['unauthorised', () => json(JSON.parse(echoed), 401)],
    ['error event', () => stream([...answered.slice(0, 2), `data: ${echoed}\n\n`])],
    ['garbage', () => stream([...answered.slice(0, 2), `data: {"${canaries.answer}\n\n`])],
    ['failover', ({ index }) => (index % 2 === 0 ? json(JSON.parse(echoed), 503) : json(whole))],
  ];
  const replies: string[] = [];
  for (const [, given] of outcomes) {
    script = given;
    const vectors = await mesh.call('POST', '/v1/embeddings', {
      key: account.key,
      body: { model: 'acme/vectors', input: [canaries.embedded], user: canaries.user },
    });
    if (vectors.status !== 200) replies.push(vectors.text);
    for (const streamed of [true, false]) {
      const reply = await mesh.call('POST', '/v1/chat/completions', { key: account.key, body: body(streamed) });
      if (reply.status !== 200) replies.push(reply.text);
      const asMessage = await mesh.call('POST', '/v1/messages', { key: account.key, body: message(streamed) });
      if (asMessage.status !== 200) replies.push(asMessage.text);
      const asGoogles = await google(streamed ? 'streamGenerateContent' : 'generateContent', inGooglesForm);
      if (asGoogles.status !== 200) replies.push(asGoogles.text);
      const asResponse = await mesh.call('POST', '/v1/responses', { key: account.key, body: response(streamed) });
      if (asResponse.status !== 200) replies.push(asResponse.text);
    }
  }
  // Bad input, and a client that leaves.
  await mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: body(false, { temperature: canaries.prompt }),
  });
  await mesh.call('POST', '/v1/messages', {
    key: account.key,
    body: { ...message(false), messages: [{ role: canaries.prompt, content: [{ type: canaries.prompt }] }] },
  });
  await mesh.call('POST', '/v1/embeddings', {
    key: account.key,
    body: { model: 'acme/vectors', input: [canaries.embedded, [canaries.embedded]], input_type: canaries.embedded },
  });
  await mesh.call('POST', '/v1/responses', {
    key: account.key,
    body: { ...response(false), input: [{ type: 'reasoning', encrypted_content: `s1_${canaries.prompt}` }] },
  });
  await mesh.call('POST', '/v1/chat/completions', { key: account.key, body: `{"messages": "${canaries.prompt}` });
  await google('countTokens', inGooglesForm);
  await google('generateContent', { ...inGooglesForm, contents: [{ role: canaries.prompt, parts: canaries.tool }] });
  await google(`embedContent`, { content: { parts: [{ text: canaries.prompt }] } });
  script = () => stream(answered, { everyMs: 100 });
  const leaving = new AbortController();
  const left = fetch(`${mesh.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.key}` },
    body: JSON.stringify(body(true)),
    signal: leaving.signal,
  }).then((reply) => reply.text());
  await upstream.until(({ requests }) => requests.length > 0);
  setTimeout(() => leaving.abort(), 150);
  await expect(left).rejects.toThrow();
  await mesh.close();
  await upstream.close();

  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'));
  const spans = telemetry.spans().map(({ name, attributes, events, status, links }) => ({
    name,
    attributes,
    events,
    status,
    links,
  }));
  const metrics = await telemetry.prometheus();
  const kept = [...files, JSON.stringify(mesh.log.lines), JSON.stringify(spans), metrics].join('\n');
  for (const word of [...Object.values(canaries), account.key]) expect(kept).not.toContain(word);
  // The files do hold something: what is kept of a charge is its ids and numbers.
  expect(kept).toContain('acme/large');
  expect(kept).toContain('input_tokens');
  expect(kept).toMatch(/usr_[0-9a-f]{32}/);
  expect(spans.length).toBeGreaterThan(50);
  expect(metrics).toContain('mesh_requests_total');
  expect(metrics).not.toContain(account.ownerId);
  for (const text of replies) expect(text).not.toContain(canaries.secret);
  // Errors of the provider's own are not quoted; a 400 is the caller's to read.
  expect(replies.filter((text) => text.includes(canaries.error))).toHaveLength(9);
  rmSync(folder, { recursive: true, force: true });
}, 30_000);
