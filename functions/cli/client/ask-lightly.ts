import type { Connection } from './connection.ts';
import { headersOf } from './headers.ts';

export interface LightCall {
  method?: 'GET' | 'POST';
  path: string;
  body?: unknown;
  signal: AbortSignal;
}

const OK = 200;

/**
 * Asks the router with the inference key and reads its JSON, without `fetch`: to load that takes longer than the router does. Throws
 * where it is not reached, refuses, or `signal` says that it takes too long.
 */
export async function askLightly<Answer>({ url, key }: Connection, call: LightCall): Promise<Answer> {
  // An import would look at all that is in it, and by that load fetch.
  const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
  const { method = 'GET', path, body, signal } = call;
  return new Promise((resolve, reject) => {
    const options = { method, headers: headersOf(key, body !== undefined), signal, agent: false } as const;
    const asking = request(url + path, options, async (reply) => {
      try {
        let text = '';
        for await (const part of reply.setEncoding('utf8')) text += part;
        if (reply.statusCode !== OK) throw new Error(`HTTP ${reply.statusCode}`);
        resolve(JSON.parse(text) as Answer);
      } catch (error) {
        reject(error);
      }
    });
    asking.on('error', reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
