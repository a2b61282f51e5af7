import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FormatName, formatNames } from '../../functions/core/endpoints/endpoint.ts';
import { namedSse, sse } from '../support/answers.ts';
import { toException } from '../support/event-stream.ts';
import { answerIn, countsIn } from '../support/five-formats.ts';
import {
  AWS_EVENT_STREAM,
  json,
  type RecordedRequest,
  type ScriptedUpstream,
  type Step,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** With what patterns do not know: no well-known beginning, and characters that encodings change. */
const KEY = 'zq/7+Vw~9mX2=pL4kJ8';
const AWS_SECRET = 'w/8+not.a.real.one~AtAll';
const AWS_SESSION = 'Session/of+nobody~00112233';
const AWS = JSON.stringify({
  access_key_id: 'ourAccountAtAws1',
  secret_access_key: AWS_SECRET,
  session_token: AWS_SESSION,
});

/** How each format is given its key. */
const auths: Record<FormatName, object> = {
  chat: { type: 'bearer', secret: 'acme-key' },
  responses: { type: 'header', name: 'api-key', secret: 'acme-key' },
  messages: { type: 'x-api-key', secret: 'acme-key' },
  gemini: { type: 'query', name: 'key', secret: 'acme-key' },
  converse: { type: 'aws', service: 'bedrock', secret: 'acme-aws' },
};
const keyOf = (format: FormatName) => (format === 'converse' ? AWS_SESSION : KEY);
/** What the upstream makes of the key that it got. */
const echoes: Record<string, (key: string) => string> = {
  plain: (key) => key,
  'in a URL': encodeURIComponent,
  'in base64': (key) => Buffer.from(key).toString('base64'),
};
/** Everything that would be a leak: any form of any of them, or what is left when characters are dropped. */
const leaks = [KEY, AWS_SECRET, AWS_SESSION, 'ourAccountAtAws1'].flatMap((key) => [
  ...Object.values(echoes).map((echo) => echo(key).slice(0, 14)),
  key.replace(/[^A-Za-z0-9_.:-]/g, ''),
  key.slice(-10),
]);

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
let answer: (request: RecordedRequest) => Step[];

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => answer(request));
  const providers = formatNames.map((format) => [
    format,
    {
      format,
      base_url: `${upstream.url}/${format}${format === 'gemini' ? '/{model}' : ''}`,
      auth: auths[format],
      ...(format === 'converse' ? { regions: ['ap-south-1'] } : {}),
    },
  ]);
  const models = formatNames.map((format) => [
    `a/${format}`,
    {
      context_length: 100_000,
      max_output_tokens: 1_000,
      capabilities: ['tools'],
      endpoints: [{ provider: format, model: 'm', price: { input: '3', output: '15' } }],
    },
  ]);
  mesh = await startMesh({
    env: { ACME_KEY: KEY, ACME_AWS: AWS },
    catalogue: { providers: Object.fromEntries(providers), models: Object.fromEntries(models) },
  });
  account = await mesh.makeOwner({ key: { rpm_limit: null } });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

function ask(format: FormatName, streamed: boolean) {
  return post(format, '/v1/chat/completions', {
    model: `a/${format}`,
    stream: streamed,
    max_tokens: 100,
    messages: [{ role: 'user', content: 'What time is it?' }],
    tools: [{ type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } }],
  });
}

/** On every format: translated, and of its own as it is. */
function askResponses(format: FormatName, streamed: boolean) {
  return post(format, '/v1/responses', {
    model: `a/${format}`,
    stream: streamed,
    input: 'What time is it?',
    tools: [{ type: 'function', name: 'now', parameters: { type: 'object', properties: {} } }],
  });
}

async function post(format: FormatName, path: string, body: object) {
  const reply = await mesh.call('POST', path, { key: account.key, body });
  const sent = upstream.requests.at(-1);
  // So that the test can fail: the upstream had it.
  const had = `${sent?.path} ${JSON.stringify(sent?.headers)}`;
  expect(had.includes(keyOf(format)) || had.includes(encodeURIComponent(keyOf(format)))).toBe(true);
  const seen = `${JSON.stringify([...reply.headers])} ${reply.text} ${JSON.stringify(mesh.log.lines)}`;
  expect(leaks.filter((leak) => seen.includes(leak))).toEqual([]);
  return reply;
}

const errorIn = (format: FormatName, said: string, status: number) =>
  format === 'converse'
    ? json({ message: `You sent ${said}` }, status, { 'x-amzn-errortype': `Validation${said}Exception` })
    : json(
        {
          type: 'error',
          error: {
            type: said,
            code: format === 'gemini' ? status : said,
            status: said,
            param: said,
            message: `You sent ${said}, ok?`,
          },
        },
        status,
        { 'x-request-id': said, 'retry-after': said },
      );
const errorInStream = (format: FormatName, said: string): Step[] => {
  const error = { type: 'invalid_request_error', code: said, status: said, param: said, message: `You sent ${said}` };
  if (format === 'converse') {
    return stream([toException('validationException', { message: `You sent ${said}` })], {
      contentType: AWS_EVENT_STREAM,
    });
  }
  const event = { type: 'error', error };
  return stream([format === 'messages' || format === 'responses' ? namedSse(event) : sse(event)]);
};

describe.each(formatNames)('an upstream that sends back our credential (%s)', (format) => {
  describe.each(Object.entries(echoes))('%s', (_how, echo) => {
    const said = echo(keyOf(format));

    test.each([400, 401, 404, 413, 422, 429, 500])('in an error with status %d is not passed on', async (status) => {
      answer = () => errorIn(format, said, status);
      const { status: got, text } = await ask(format, false);
      expect(got).toBeGreaterThanOrEqual(400);
      if (status === 400 || status === 422) expect(text).toContain('[credential]');
      await mesh.call('POST', `/v1/breakers/${endpointOf(format)}/reset`, { key: mesh.adminKey });
    });

    test('in an error of a stream is not passed on', async () => {
      answer = () => errorInStream(format, said);
      const { text } = await ask(format, true);
      expect(text).toContain('error');
      await mesh.call('POST', `/v1/breakers/${endpointOf(format)}/reset`, { key: mesh.adminKey });
    });

    test.each([false, true])('as an id, a model and a call is not passed on (stream: %s)', async (streamed) => {
      const usage = countsIn(format, 20, 10);
      answer = () => answerIn(format, streamed, { id: said, model: said, callId: `call_${said}`, usage });
      const { status, text } = await ask(format, streamed);
      expect(status).toBe(200);
      expect(text).toContain('Hello.');
      expect(text).toContain('call_');
    });
  });
});

describe.each(formatNames)('the same at /v1/responses (%s)', (format) => {
  const said = keyOf(format);
  const well = () => mesh.call('POST', `/v1/breakers/${endpointOf(format)}/reset`, { key: mesh.adminKey });

  test.each([400, 401, 429, 500])('in an error with status %d is not passed on', async (status) => {
    answer = () => errorIn(format, said, status);
    expect((await askResponses(format, true)).status).toBeGreaterThanOrEqual(400);
    await well();
  });

  test('in an error of a stream is not passed on', async () => {
    answer = () => errorInStream(format, said);
    expect((await askResponses(format, true)).text).toContain('error');
    await well();
  });

  test.each([false, true])('as an id, a model and a call is not passed on (stream: %s)', async (streamed) => {
    const usage = countsIn(format, 20, 10);
    answer = () => answerIn(format, streamed, { id: said, model: said, callId: `call_${said}`, usage });
    const { status, text } = await askResponses(format, streamed);
    expect(status).toBe(200);
    expect(text).toContain('Hello.');
    expect(text).toContain('call_');
  });
});

const endpointOf = (format: FormatName) => (format === 'converse' ? 'converse/m@ap-south-1' : `${format}/m`);
