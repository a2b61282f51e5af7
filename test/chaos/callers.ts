import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../sim/random.ts';
import type { ChaosRouter } from './chaos-router.ts';

/** What all callers share: where to call, whether to go on, and what is noted. */
export interface Stage {
  routers: readonly ChaosRouter[];
  goesOn(): boolean;
  count(what: string): void;
  /** How long a well-behaved caller waited for a whole answer, the first time it asked. Milliseconds. */
  waited(milliseconds: number): void;
  /** What an answer said that it cost, by the request's id. */
  told(requestId: string, charge: { amount: string; settled: boolean }): void;
  /** Ids of requests that were charged, for those who give money back. */
  charged: string[];
}

const CALL_LIMIT_MS = 20_000;
const TRIES = 4;
const BIG_BODY = `{"model":"chaos/well","messages":${'['.repeat(2_000_000)}`;

interface Reply {
  status: number;
  text: string;
  requestId: string;
}

function pick(stage: Stage, random: Random): string | null {
  const up = stage.routers.flatMap((router) => router.url() ?? []);
  return up[Math.floor(random.next() * up.length)] ?? null;
}

async function post(url: string, key: string, body: unknown, more: RequestInit & { headers?: object } = {}) {
  const reply = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    signal: AbortSignal.timeout(CALL_LIMIT_MS),
    ...more,
    headers: { authorization: `Bearer ${key}`, ...more.headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const requestId = reply.headers.get('x-mesh-request-id') ?? '';
  return { status: reply.status, requestId, text: await reply.text() } satisfies Reply;
}

const messages = [{ role: 'user', content: 'Say a few words.' }];
const ask = (model: string, random: Random) => ({ model, max_tokens: 200, stream: random.next() < 0.5, messages });

/** The bill at the end of a whole answer or a stream; null where it broke off. */
function billOf({ text }: Reply): { requestId: string; amount: string; settled: boolean } | null {
  const isStream = text.startsWith('data: ') || text.startsWith(':');
  if (isStream && !text.endsWith('data: [DONE]\n\n')) return null;
  const last = isStream ? text.split('\n\n').at(-3)?.slice(6) : text;
  const { mesh } = JSON.parse(last ?? '{}') as {
    mesh?: { request_id: string; settled: boolean; cost: { amount: string } };
  };
  return mesh === undefined ? null : { requestId: mesh.request_id, amount: mesh.cost.amount, settled: mesh.settled };
}

/** Asks again with the same Idempotency-Key where it was not answered, as an SDK does. */
export async function wellBehaved(stage: Stage, key: string, model: string, random: Random): Promise<void> {
  while (stage.goesOn()) {
    const body = ask(model, random);
    const name = `idem-${random.next()}`;
    const startedAt = performance.now();
    for (let tries = 1; tries <= TRIES && stage.goesOn(); tries++) {
      const url = pick(stage, random);
      if (url === null) break;
      try {
        const reply = await post(url, key, body, { headers: { 'idempotency-key': name } });
        stage.count(`${model}: ${reply.status}${tries > 1 ? ' to a retry' : ''}`);
        if (reply.status === 200) {
          const bill = billOf(reply);
          if (bill !== null) stage.told(bill.requestId, bill);
          if (bill?.settled === true) stage.charged.push(bill.requestId);
          if (tries === 1 && model === 'chaos/well') stage.waited(performance.now() - startedAt);
        }
        if (reply.status < 500) break;
      } catch {
        stage.count(`${model}: connection broke`);
      }
      await pause(200);
    }
    await pause(random.between(10, 60));
  }
}

/** Leaves at any moment. */
export async function aborting(stage: Stage, key: string, random: Random): Promise<void> {
  while (stage.goesOn()) {
    const url = pick(stage, random);
    const signal = AbortSignal.timeout(Math.ceil(random.between(1, 600)));
    if (url !== null) {
      await post(url, key, { ...ask('chaos/any', random), stream: true }, { signal }).then(
        () => stage.count('abort: came too late'),
        () => stage.count('abort: left'),
      );
    }
    await pause(random.between(10, 80));
  }
}

/** Gives charges back, some in part, some twice over under the same reference. */
export async function refunding(stage: Stage, adminKey: string, ownerId: string, random: Random): Promise<void> {
  for (let n = 0; stage.goesOn(); n++) {
    await pause(random.between(200, 600));
    const url = pick(stage, random);
    const request_id = stage.charged[Math.floor(random.next() * stage.charged.length)];
    if (url === null || request_id === undefined) continue;
    const isTopup = random.next() < 0.3;
    const path = `/v1/owners/${ownerId}/${isTopup ? 'topups' : 'refunds'}`;
    const refund = {
      request_id,
      reference: `r${n}`,
      reason: 'chaos',
      ...(random.next() < 0.5 ? { amount: '0.000001' } : {}),
    };
    const body = isTopup ? { amount: '0.01', currency: 'USD', reference: `t${n}` } : refund;
    for (let time = 0; time < (random.next() < 0.3 ? 2 : 1); time++) {
      await fetch(url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminKey}` },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(CALL_LIMIT_MS),
      }).then(
        ({ status }) => stage.count(`${isTopup ? 'topup' : 'refund'}: ${status}`),
        () => stage.count('administration: connection broke'),
      );
    }
  }
}

const hostilities = ['brackets', 'unknown key', 'pipelining', 'unread answer', 'half a head', 'no HTTP'] as const;

/** Asks for trouble, one way after the other. */
export async function hostile(stage: Stage, key: string, random: Random): Promise<void> {
  while (stage.goesOn()) {
    const url = pick(stage, random);
    const how = hostilities[Math.floor(random.next() * hostilities.length)] ?? 'no HTTP';
    if (url !== null) {
      stage.count(`hostile: ${how}`);
      await attack(url, key, how, random).catch(() => {});
    }
    await pause(random.between(50, 400));
  }
}

async function attack(url: string, key: string, how: (typeof hostilities)[number], random: Random): Promise<void> {
  if (how === 'brackets') {
    await post(url, key, BIG_BODY);
    return;
  }
  if (how === 'unknown key') {
    await post(url, `rsk_${String(random.next()).slice(2)}`, ask('chaos/well', random));
    return;
  }
  const body = JSON.stringify({ ...ask('chaos/wild', random), stream: true });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n`;
  const whole = `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const bytes = {
    pipelining: whole.repeat(30),
    'unread answer': whole,
    'half a head': head,
    'no HTTP': '\u0000\u0001\u0002 nothing that anybody speaks\r\n\r\n',
  }[how];
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  // What is answered stays where it is: nobody reads.
  socket.pause();
  socket.write(bytes);
  await pause(random.between(500, 3_000));
  socket.destroy();
}
