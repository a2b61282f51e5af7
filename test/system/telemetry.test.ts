import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { type MemoryTelemetry, memoryTelemetry } from '../support/memory-telemetry.ts';
import {
  json,
  type Script,
  type ScriptedUpstream,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let script: Script;
let upstream: ScriptedUpstream;
let telemetry: MemoryTelemetry;
let mesh: Mesh;
let account: Account;

const frame = (body: unknown) => `data: ${JSON.stringify(body)}\n\n`;
const frames = [
  frame({ choices: [{ index: 0, delta: { content: 'Hello' }, finish_reason: null }] }),
  frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  frame({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 30, total_tokens: 50 } }),
  'data: [DONE]\n\n',
];
const whole = {
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 20, completion_tokens: 30, total_tokens: 50 },
};

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
});
afterAll(() => upstream.close());

beforeEach(async () => {
  telemetry = memoryTelemetry();
  const provider = { format: 'chat', base_url: upstream.url, auth: { type: 'none' } };
  const endpoint = { model: 'm', price: { input: '1', output: '2' } };
  mesh = await startMesh({
    telemetry,
    catalogue: {
      providers: { acme: provider, beta: provider },
      models: {
        'acme/m': {
          context_length: 8_000,
          max_output_tokens: 100,
          endpoints: [
            { provider: 'acme', ...endpoint },
            { provider: 'beta', ...endpoint },
          ],
        },
      },
    },
  });
  account = await mesh.makeOwner();
});

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const followed = { traceparent: `00-${traceId}-${spanId}-01` };

function ask(more: object = {}, headers: Record<string, string> = {}) {
  const body = { model: 'acme/m', messages: [{ role: 'user', content: 'Hi' }], ...more };
  return mesh.call('POST', '/v1/chat/completions', { key: account.key, body, headers });
}

/** Waits for what happens after the answer; the mesh is closed, so that all of it has. */
async function finished(): Promise<void> {
  await mesh.close();
}

describe('metrics', () => {
  test('say of an answer what it was, took and cost', async () => {
    script = () => stream(frames);
    await ask({ stream: true });
    script = () => json(whole);
    await ask();
    await finished();
    const { value } = telemetry;
    const of = ['gen_ai_provider_name="acme"', 'gen_ai_request_model="acme/m"', 'gen_ai_response_model="acme/m"'];
    expect(await value('mesh_requests_total', ...of, 'http_response_status_code="200"', 'outcome="finished"')).toBe(2);
    expect(await value('gen_ai_server_request_duration_count', ...of)).toBe(2);
    expect(await value('gen_ai_server_time_to_first_token_count', ...of)).toBe(1);
    expect(await value('mesh_added_latency_count', ...of)).toBe(2);
    expect(await value('gen_ai_client_token_usage_sum', ...of, 'type="input"')).toBe(40);
    expect(await value('gen_ai_client_token_usage_sum', ...of, 'type="output"')).toBe(60);
    expect(await value('mesh_cost_total', ...of)).toBeCloseTo(0.000_16, 12);
    expect(await value('mesh_lease_transactions_total', 'mesh_kind="grant"')).toBeGreaterThan(0);
    // The first one's lease ended with its request, since its key was quiet; the second one's when the router stopped.
    expect(await value('mesh_lease_transactions_total', 'mesh_kind="close"')).toBe(2);
    expect(await value('mesh_events_lag_count')).toBe(2);
    expect(await value('mesh_breakers_open')).toBe(0);
    expect(await value('mesh_fx_age')).toBeGreaterThan(0);
  });

  test('our own part of a request is without the time of its upstream', async () => {
    script = () => [{ do: 'wait', milliseconds: 300 }, ...stream(frames, { everyMs: 50 })];
    await ask({ stream: true });
    await finished();
    expect(await telemetry.value('gen_ai_server_request_duration_sum')).toBeGreaterThan(0.45);
    expect(await telemetry.value('mesh_added_latency_sum')).toBeLessThan(0.2);
  });

  test('count what was refused, by its code, and broken answers', async () => {
    script = () => json({ error: { message: 'no' } }, 500);
    expect((await ask()).status).toBe(502);
    expect((await ask({ model: 'nobody/knows-this-one' })).status).toBe(404);
    script = () => stream(frames.slice(0, 1));
    await ask({ stream: true });
    await finished();
    const { value } = telemetry;
    expect(await value('mesh_requests_total', 'status_code="502"', 'refused', 'provider_name="beta"')).toBe(1);
    expect(await value('mesh_requests_total', 'status_code="404"')).toBe(1);
    const refused = mesh.log.lines.filter(({ message }) => message === 'refused').slice(-2);
    expect(refused).toEqual([
      {
        level: 'error',
        message: 'refused',
        fields: expect.objectContaining({
          event: 'request_failed',
          code: 'upstream_error',
          status: 502,
          provider_code: '500',
          provider: 'beta',
          endpoint: 'beta/m',
        }),
      },
      {
        level: 'info',
        message: 'refused',
        fields: expect.not.objectContaining({ event: 'request_failed' }),
      },
    ]);
    expect(await value('mesh_requests_total', 'status_code="200"', 'upstream_broke')).toBe(1);
    expect(await value('mesh_request_errors_total', 'model_not_found')).toBe(1);
    const failed = (provider: string) => value('mesh_attempt_failures_total', `provider_name="${provider}"`, '="500"');
    expect([await failed('acme'), await failed('beta')]).toEqual([1, 1]);
    // No name that a caller made up is a series.
    expect(await telemetry.prometheus()).not.toContain('knows-this-one');
    expect(await telemetry.prometheus()).not.toContain(account.ownerId);
  });

  test('of what should never be begin at zero, so that the first one is growth', async () => {
    await finished();
    const { value } = telemetry;
    expect(await value('mesh_charges_lost_total')).toBe(0);
    expect(await value('mesh_overage_total', 'mesh_payer="owner"')).toBe(0);
    expect(await value('mesh_overage_total', 'mesh_payer="mesh"')).toBe(0);
  });

  test('probes are not requests', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/v1/models'])
      await mesh.call('GET', path, { key: account.key });
    await finished();
    // The account was made by three requests.
    expect(await telemetry.value('mesh_requests_total', 'status_code="200"')).toBe(1);
    expect(await telemetry.value('mesh_requests_total', 'status_code="201"')).toBe(3);
  });
});

describe('GET /metrics', () => {
  test('answers in Prometheus’ text format', async () => {
    const { status, headers, text } = await mesh.call('GET', '/metrics');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toMatch(/^# TYPE mesh_requests_total counter$/m);
    await finished();
  });

  test('takes the admin key where others could come by', async () => {
    await finished();
    const closed = await startMesh({ telemetry: memoryTelemetry(), openMetrics: false });
    const { key } = await closed.makeOwner();
    expect((await closed.call('GET', '/metrics')).status).toBe(401);
    expect((await closed.call('GET', '/metrics', { key })).status).toBe(403);
    expect((await closed.call('GET', '/metrics', { key: closed.adminKey })).status).toBe(200);
    await closed.close();
  });

  test('is no path where metrics are not offered', async () => {
    await finished();
    const silent = await startMesh();
    expect((await silent.call('GET', '/metrics', { key: silent.adminKey })).status).toBe(404);
    await silent.close();
  });
});

describe('a trace', () => {
  const named = (name: string) => telemetry.spans().filter((span) => span.name === name);
  const only = (name: string) => {
    const found = named(name);
    expect([name, found.length]).toEqual([name, 1]);
    return found[0] as ReadableSpan;
  };
  const parentOf = (span: ReadableSpan) => span.parentSpanContext?.spanId;

  test('goes from the caller through the router and the event to usage and fx', async () => {
    const first = upstream.requests.length;
    script = ({ index }) => (index === first ? json({ error: { message: 'no' } }, 503) : stream(frames));
    await ask({ stream: true }, followed);
    await finished();
    const spans = telemetry.spans();
    expect(spans.map((span) => span.spanContext().traceId)).toEqual(spans.map(() => traceId));
    const server = only('POST /v1/chat/completions');
    const serverId = server.spanContext().spanId;
    expect(parentOf(server)).toBe(spanId);
    expect(server.attributes).toMatchObject({
      'gen_ai.provider.name': 'beta',
      'gen_ai.request.model': 'acme/m',
      'gen_ai.response.model': 'acme/m',
      'gen_ai.usage.input_tokens': 20,
      'gen_ai.usage.output_tokens': 30,
      'mesh.outcome': 'finished',
      'mesh.attempts': 2,
    });
    const attempts = named('chat acme/m');
    expect(attempts.map(parentOf)).toEqual([serverId, serverId]);
    expect(attempts.map(({ attributes }) => attributes)).toMatchObject([
      { 'gen_ai.provider.name': 'acme', 'error.type': 'upstream_error', 'http.response.status_code': 503 },
      { 'gen_ai.provider.name': 'beta', 'mesh.outcome': 'finished' },
    ]);
    for (const name of ['post', 'process usage', 'process fx']) expect(parentOf(only(name))).toBe(serverId);
    // Its log line is found with it.
    const line = mesh.log.lines.find(({ message }) => message === 'answered');
    expect(line?.fields['logging.googleapis.com/trace']).toBe(`projects/demo-mesh/traces/${traceId}`);
    expect(line?.fields['logging.googleapis.com/spanId']).toBe(serverId);
    // The provider hears nothing of it.
    for (const { headers } of upstream.requests) expect(headers.traceparent).toBeUndefined();
  });

  test('of a request that fails has its attempts, and why', async () => {
    script = () => json({ error: { message: 'no' } }, 500);
    await ask({}, { 'x-cloud-trace-context': `${traceId}/67667974448284343;o=1` });
    await finished();
    expect(only('POST /v1/chat/completions').attributes).toMatchObject({
      'error.type': 'upstream_error',
      'http.response.status_code': 502,
    });
    expect(named('chat acme/m').map(({ attributes }) => attributes['error.type'])).toEqual([
      'upstream_error',
      'upstream_error',
    ]);
  });

  test('of a comparison has a part for each model', async () => {
    script = () => json(whole);
    const body = { models: ['acme/m', 'acme/m'], messages: [{ role: 'user', content: 'Hi' }] };
    await mesh.call('POST', '/v1/chat/compare', { key: account.key, body, headers: followed });
    await finished();
    const serverId = only('POST /v1/chat/compare').spanContext().spanId;
    const parts = named('chat');
    expect(parts.map(parentOf)).toEqual([serverId, serverId]);
    expect(new Set(named('chat acme/m').map(parentOf))).toEqual(
      new Set(parts.map((part) => part.spanContext().spanId)),
    );
    expect(named('process usage').length).toBe(2);
  });

  test('is none where its caller does not follow it, nor of other paths', async () => {
    script = () => json(whole);
    await ask({}, { traceparent: `00-${traceId}-${spanId}-00` });
    await ask();
    await mesh.call('GET', '/v1/models', { key: account.key, headers: followed });
    await finished();
    expect(telemetry.spans()).toEqual([]);
    const traces = mesh.log.lines
      .filter(({ message }) => message === 'answered')
      .map(({ fields }) => fields['logging.googleapis.com/trace']);
    expect(traces).toEqual([`projects/demo-mesh/traces/${traceId}`, undefined]);
  });
});
