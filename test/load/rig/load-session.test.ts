import { afterEach, expect, test } from '@jest/globals';
import { type Host, serve } from '../../../functions/router/http/serve.ts';
import type { LoadClient } from './load-client.ts';
import { LoadConnection } from './load-connection.ts';
import { LoadSession } from './load-session.ts';
import { encodeRequest, SMALL_INPUT_BYTES } from './requests.ts';

let clients: LoadClient[] = [];
let host: Host;
afterEach(async () => {
  for (const client of clients) client.close();
  await host.close(0);
});

test('a session and a connection send the same request and find the same answer', async () => {
  const seen: string[] = [];
  host = await serve(
    (req, res) => {
      let body = '';
      req.on('data', (bytes) => {
        body += bytes;
      });
      req.on('end', () => {
        seen.push(`${req.method} ${req.url} ${req.headers.authorization} ${body}`);
        const isStream = JSON.parse(body).stream === true;
        if (!isStream) res.setHeader('content-length', '3');
        res.end(isStream ? 'data: {"content": "Hi"}\n\ndata: [DONE]\n\n' : 'Hi.');
      });
    },
    0,
    '127.0.0.1',
  );
  clients = [new LoadSession(host.port, { keep: true }), new LoadConnection(host.port, { keep: true })];
  for (const stream of [false, true]) {
    const request = encodeRequest(
      { model: 'a/b', stream, inputBytes: SMALL_INPUT_BYTES },
      { authorization: 'Bearer k' },
    );
    for (const client of clients) {
      expect(await client.exchange(request)).toMatchObject({ status: 200, whole: true });
      expect(client.received).toContain('Hi');
    }
    const [one, other] = seen.slice(-2);
    expect(one).toBe(other);
  }
});
