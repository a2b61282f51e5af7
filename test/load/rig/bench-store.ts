import { findEmulators } from '../../../emulators/find-emulators.ts';
import { startSuite } from '../../../emulators/start-suite.ts';
import { type DelayingProxy, startDelayingProxy } from './delaying-proxy.ts';

/** Where a router of the benchmark finds Firestore. */
export interface BenchStore {
  /** Of the emulator as it is, or of a proxy that makes it so much slower to reach. Host and port. */
  hostAt(delayMs: number): Promise<string>;
  close(): Promise<void>;
}

/**
 * The Firestore emulator, on the core of whoever calls, once that is pinned: what the store does is not the router's cost. One that
 * runs already is used where it is. Throws where there is none.
 */
export async function startBenchStore(): Promise<BenchStore> {
  const found = await findEmulators(process.env);
  if (found.kind === 'missing') throw new Error(found.reasons.join('; '));
  const suite = found.kind === 'running' ? null : await startSuite(found, 'free');
  const host = suite?.env.FIRESTORE_EMULATOR_HOST ?? process.env.FIRESTORE_EMULATOR_HOST ?? '';
  const proxies: DelayingProxy[] = [];
  return {
    async hostAt(delayMs) {
      if (delayMs === 0) return host;
      const proxy = await startDelayingProxy(host, delayMs);
      proxies.push(proxy);
      return proxy.host;
    },
    async close() {
      for (const proxy of proxies) await proxy.close();
      await suite?.stop();
    },
  };
}
