import { type LoadClient, openClient } from './load-client.ts';
import type { Exchange } from './load-connection.ts';
import type { LoadUpstream } from './load-upstream.ts';
import { type Measure, MeasureWindow } from './measure-window.ts';
import { encodeRequest, type RequestKind } from './requests.ts';
import type { Variant } from './variants.ts';

/** Nothing was answered in a window, and as many further ones, only where something is wrong. */
const MOST_WINDOWS = 20;

export interface ClosedLoad {
  kind: RequestKind;
  connections: number;
  warmMs: number;
  measureMs: number;
  /** What is asked in turn; default: the kind, by as many callers as there are connections. */
  requests?: readonly Buffer[];
}

/**
 * Clients that ask again as soon as they are answered: how much a gateway can do. Throws at any answer that is not whole.
 *
 * The window opens when each of them has been answered once: Node takes one new connection in a turn of its event loop, so
 * where all come at once, the last wait long for a busy gateway, and what is measured is not yet that many clients.
 */
export async function runClosedLoop(
  variant: Variant,
  upstream: LoadUpstream,
  { kind, connections, warmMs, measureMs, requests = requestsOf(variant, kind, connections) }: ClosedLoad,
): Promise<Measure> {
  const window = new MeasureWindow(variant, upstream);
  const clients = Array.from({ length: connections }, () => openClient(variant));
  let running = true;
  const ask = async (client: LoadClient, turn: number) => {
    const request = requests[turn % requests.length] ?? Buffer.alloc(0);
    try {
      window.add(check(variant, await client.exchange(request)));
    } catch (error) {
      // One that fails ends them all: nothing of this load counts.
      running = false;
      throw error;
    }
  };
  const first = clients.map(ask);
  const loops = clients.map(async (client, index) => {
    await first[index];
    for (let turn = index + connections; running; turn += connections) await ask(client, turn);
    client.close();
  });
  const work = Promise.all(loops);
  await Promise.race([work, Promise.all([elapse(warmMs), ...first])]);
  window.open();
  await Promise.race([work, elapse(measureMs)]);
  // A machine that has other work to do may need longer for one of them.
  for (let more = 0; window.requests === 0 && more < MOST_WINDOWS; more++)
    await Promise.race([work, elapse(measureMs)]);
  const measure = window.close();
  running = false;
  await work;
  if (measure.requests === 0) throw new Error(`${variant.name} answered nothing in time.`);
  return measure;
}

/** A number of streams, from the first byte of the first to the last of the last: for long ones, which no window holds. */
export async function runStreams(
  variant: Variant,
  upstream: LoadUpstream,
  { kind, connections, each }: { kind: RequestKind; connections: number; each: number },
): Promise<Measure> {
  const window = new MeasureWindow(variant, upstream);
  window.open();
  await Promise.all(
    requestsOf(variant, kind, connections).map(async (request) => {
      const client = openClient(variant);
      for (let n = 0; n < each; n++) window.add(check(variant, await client.exchange(request)));
      client.close();
    }),
  );
  return window.close();
}

/** The same request by this many callers. */
export function requestsOf(variant: Variant, kind: RequestKind, callers: number): Buffer[] {
  return Array.from({ length: callers }, (_, caller) => encodeRequest(kind, variant.headers(caller)));
}

export interface OpenLoad {
  /** What is asked in turn. */
  requests: readonly Buffer[];
  perSecond: number;
  warmMs: number;
  measureMs: number;
}

/** Requests at a fixed pace, however long their answers take: how long a gateway keeps a request while it has time. */
export async function runOpenLoop(
  variant: Variant,
  upstream: LoadUpstream,
  { requests, perSecond, warmMs, measureMs }: OpenLoad,
): Promise<Measure> {
  const window = new MeasureWindow(variant, upstream);
  const unused: LoadClient[] = [];
  const running = new Set<Promise<void>>();
  const failures: Error[] = [];
  let turn = 0;
  const ask = async () => {
    const request = requests[turn++ % requests.length] ?? Buffer.alloc(0);
    const client = unused.pop() ?? openClient(variant);
    window.add(check(variant, await client.exchange(request)));
    unused.push(client);
  };
  const everyMs = 1_000 / perSecond;
  const pace = async (forMs: number) => {
    const until = performance.now() + forMs;
    for (let due = performance.now(); due < until && failures.length === 0; due += everyMs) {
      await elapse(Math.max(0, due - performance.now()));
      const asked: Promise<void> = ask()
        .catch((error) => void failures.push(error))
        .finally(() => running.delete(asked));
      running.add(asked);
    }
  };
  await pace(warmMs);
  window.open();
  await pace(measureMs);
  await Promise.all(running);
  const measure = window.close();
  for (const client of unused) client.close();
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return measure;
}

/** Throws unless the gateway passes on the words that its upstream said. */
export async function checkAnswer(variant: Variant, kind: RequestKind, text: string): Promise<void> {
  const client = openClient(variant, { keep: true });
  await client.exchange(encodeRequest(kind, variant.headers(0)));
  const { received } = client;
  client.close();
  const said = [...received.matchAll(/"content": ?"([^"]*)"/g)].map(([, words]) => words).join('');
  if (said !== text) throw new Error(`${variant.name} answered: ${received.slice(0, 1_000)}`);
}

function check({ name }: Variant, exchange: Exchange): Exchange {
  if (exchange.status === 200 && exchange.whole) return exchange;
  throw new Error(`${name} answered ${exchange.status}${exchange.whole ? '' : ', and not to the end'}.`);
}

function elapse(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
