import { setTimeout as pause } from 'node:timers/promises';
import { parseAmount } from '../../functions/core/money/money.ts';

/** How often, and how many times at most, it is looked whether what was held is free again. Milliseconds. */
const LOOK_MS = 10;
const MAX_LOOKS = 200;

export interface ClientReply {
  status: number;
  headers: Headers;
  text: string;
}

/** An owner with 10 USD and a key without rate limits. */
export interface ClientAccount {
  ownerId: string;
  key: string;
  /** What was charged, nano-dollars, once nothing is held any more. */
  spent(): Promise<bigint>;
}

/** Calls the API of a router that runs in a process of its own. */
export interface MeshClient {
  call(method: string, path: string, key: string, body?: unknown): Promise<ClientReply>;
  /** Throws where the status says an error. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at replies of any shape.
  json(method: string, path: string, key: string, body?: unknown): Promise<any>;
  openAccount(key?: object): Promise<ClientAccount>;
}

export function connectMesh(url: string, adminKey: string): MeshClient {
  async function call(method: string, path: string, key: string, body?: unknown): Promise<ClientReply> {
    const reply = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  }

  async function json(method: string, path: string, key: string, body?: unknown) {
    const { status, text } = await call(method, path, key, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  return {
    call,
    json,
    async openAccount(more = {}) {
      const { id: ownerId } = await json('POST', '/v1/owners', adminKey, { name: 'Test', currency: 'USD' });
      const topUp = { amount: '10', currency: 'USD', reference: 'first' };
      await json('POST', `/v1/owners/${ownerId}/topups`, adminKey, topUp);
      const wanted = { owner_id: ownerId, rpm_limit: null, rpd_limit: null, ...more };
      const { key } = await json('POST', '/v1/keys', adminKey, wanted);
      return {
        ownerId,
        key,
        async spent() {
          // The money of a request that failed is given back without keeping its client waiting.
          for (let looks = 1; ; looks++) {
            const { balance_usd, reserved_usd } = await json('GET', '/v1/balance', key);
            if (reserved_usd === '0') return parseAmount(topUp.amount, '') - parseAmount(balance_usd, '');
            if (looks === MAX_LOOKS) throw new Error(`${reserved_usd} USD are still held.`);
            await pause(LOOK_MS);
          }
        },
      };
    },
  };
}
