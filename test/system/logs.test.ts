import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { makeKey } from '../../functions/core/keys.ts';
import { freePort } from '../support/free-port.ts';

/** A router whose standard output cannot take its log goes on serving, and ends in order. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const headers = { authorization: `Bearer ${makeKey('mak', randomBytes(32))}` };
const START_LIMIT_MS = 20_000;
/** More lines than may wait: the log of each of these is some 200 bytes. */
const REQUESTS = 8_000;
const AT_ONCE = 32;
const TEST_LIMIT_MS = 120_000;

async function start(redirect: string): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort();
  const env = { ...process.env, MESH_DEMO: 'off', MESH_LOG: 'info', MESH_STORE: 'sqlite::memory:', PORT: String(port) };
  const command = `exec ${JSON.stringify(process.execPath)} functions/router/index.ts ${redirect}`;
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: root,
    env: { ...env, MESH_ADMIN_KEY: headers.authorization.slice('Bearer '.length) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const until = Date.now() + START_LIMIT_MS;
  while (Date.now() < until) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return { url, child };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  throw new Error('The router did not start in time.');
}

describe.each([
  ['is full', '> /dev/full', () => {}],
  ['is read by nobody', '', () => {}],
  ['was closed', '', (child: ChildProcess) => child.stdout?.destroy()],
])('a log whose destination %s', (_name, redirect, spoil) => {
  test(
    'drops lines and counts them; the router serves and ends',
    async () => {
      const { url, child } = await start(redirect);
      const gone = once(child, 'exit');
      try {
        spoil(child);
        for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
          const ask = () => fetch(`${url}/v1/owners/own_nobody`, { headers });
          const answers = await Promise.all(Array.from({ length: AT_ONCE }, ask));
          for (const answer of answers) {
            expect(answer.status).toBe(404);
            await answer.arrayBuffer();
          }
        }
        expect((await fetch(`${url}/readyz`)).status).toBe(200);
        const metrics = await (await fetch(`${url}/metrics`, { headers })).text();
        expect(Number(/^mesh_log_dropped_total(?:\{.*\})? (\d+)/m.exec(metrics)?.[1])).toBeGreaterThan(0);
        const stoppedAt = Date.now();
        child.kill('SIGTERM');
        expect((await gone)[0]).toBe(0);
        expect(Date.now() - stoppedAt).toBeLessThan(5_000);
      } finally {
        child.kill('SIGKILL');
      }
    },
    TEST_LIMIT_MS,
  );
});
