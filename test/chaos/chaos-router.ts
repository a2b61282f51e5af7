import { createInterface } from 'node:readline';
import { readCost } from '../load/rig/process-cost.ts';
import { type MeshProcess, spawnMesh } from '../support/mesh-process.ts';

/** A router that is killed, frozen and started again, as its callers know it: by where it listens now. */
export interface ChaosRouter {
  readonly name: string;
  /** Null while it is down. */
  url(): string | null;
  /** SIGKILL, and another process in its place. */
  restart(): Promise<void>;
  /** Stands still for so long. */
  freeze(pause: () => Promise<unknown>): Promise<void>;
  /** Nobody reads its log any more, or its log has nowhere to go. */
  spoilLog(how: 'unread' | 'closed'): void;
  /** Ends it at once, if it is still there: the run is over, whatever became of it. */
  end(): void;
  /** Asks it to go, and says how it went. */
  stop(): Promise<number | null>;
  /** What it used at most, of all processes in its place. Bytes. */
  maxRss(): number;
  /** Processes that went though nobody had ended them. */
  deaths: string[];
  /** Lines of its log that say so: work that failed where nobody waits for it, by name. */
  failures: Map<string, number>;
}

const RSS_EVERY_MS = 500;

export async function startChaosRouter(name: string, env: Record<string, string>): Promise<ChaosRouter> {
  const deaths: string[] = [];
  const failures = new Map<string, number>();
  let most = 0;
  let isOurs = false;
  let mesh: MeshProcess | null = null;

  async function start(): Promise<void> {
    const started = await spawnMesh(env);
    const { child } = started;
    isOurs = false;
    child.once('exit', (code, signal) => {
      if (!isOurs) deaths.push(`${name}: code ${code}, signal ${signal}`);
      if (mesh === started) mesh = null;
    });
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (!/"code":"(background_failed|uncaught)"/.test(line)) return;
        const { code, job = '', error, at } = JSON.parse(line) as Record<string, string>;
        const what = `${code} ${job} ${error} ${at}`;
        failures.set(what, (failures.get(what) ?? 0) + 1);
      });
    }
    mesh = started;
  }

  const sampler = setInterval(() => {
    if (mesh?.child.pid === undefined) return;
    try {
      most = Math.max(most, readCost(mesh.child.pid).rssBytes);
    } catch {
      // It went between two looks.
    }
  }, RSS_EVERY_MS);
  sampler.unref();
  await start();

  return {
    name,
    deaths,
    failures,
    url: () => mesh?.url ?? null,
    maxRss: () => most,
    async restart() {
      const old = mesh;
      mesh = null;
      isOurs = true;
      await old?.kill('SIGKILL');
      await start();
    },
    async freeze(pause) {
      const frozen = mesh;
      await frozen?.kill('SIGSTOP');
      await pause();
      await frozen?.kill('SIGCONT');
    },
    spoilLog(how) {
      if (how === 'closed') mesh?.child.stdout?.destroy();
      else mesh?.child.stdout?.pause();
    },
    end() {
      clearInterval(sampler);
      isOurs = true;
      mesh?.child.kill('SIGKILL');
    },
    async stop() {
      clearInterval(sampler);
      const last = mesh;
      if (last === null) return null;
      isOurs = true;
      await last.kill('SIGTERM');
      return last.child.exitCode;
    },
  };
}
