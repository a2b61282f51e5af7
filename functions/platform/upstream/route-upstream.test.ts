import { expect, test } from '@jest/globals';
import { routeUpstream } from './route-upstream.ts';
import type { Upstream, UpstreamLimits } from './upstream.ts';

const limits: UpstreamLimits = { connect: 1, firstByte: 1, idle: 1 };
const { signal } = new AbortController();

function named(name: string, calls: string[]): Upstream {
  return {
    async send({ url }) {
      calls.push(`${name} ${url}`);
      return { status: 200, headers: {}, read: async () => null, cancel() {} };
    },
    async close() {
      calls.push(`${name} closed`);
    },
  };
}

test('sends each request to the upstream of its scheme', async () => {
  const calls: string[] = [];
  const [http, echo] = [named('http', calls), named('echo', calls)];
  const upstream = routeUpstream({ 'http:': http, 'https:': http, 'echo:': echo });
  for (const url of ['echo://mesh/chat/completions', 'https://a.example/', 'http://b.example/']) {
    await upstream.send({ url, method: 'POST', headers: {}, body: '' }, limits, signal);
  }
  expect(calls).toEqual(['echo echo://mesh/chat/completions', 'http https://a.example/', 'http http://b.example/']);
});

test.each(['ftp://a.example/?key=secret', 'no scheme', ''])('refuses %p without repeating it', async (url) => {
  const sent = routeUpstream({}).send({ url, method: 'POST', headers: {}, body: '' }, limits, signal);
  const thrown: unknown = await sent.catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'upstream_error', providerCode: 'unknown_scheme' });
  expect(String(thrown)).not.toContain('secret');
});

test('closes each upstream once', async () => {
  const calls: string[] = [];
  const http = named('http', calls);
  await routeUpstream({ 'http:': http, 'https:': http, 'echo:': named('echo', calls) }).close();
  expect(calls).toEqual(['http closed', 'echo closed']);
});
