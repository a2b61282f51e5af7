import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { LoadConnection } from './load-connection.ts';
import { onGatewayCore } from './pin.ts';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** How long a gateway may take to start, and to stop when asked to. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;
const POLL_MS = 2;

/** A gateway that runs in a process and on a core of its own. */
export interface Gateway {
  port: number;
  pid: number;
  /** From the start of the process to the first answer of any kind. */
  firstAnswerMs: number;
  /** Asks it to go, makes it go where it does not, and tells its exit code; null where it was made to. */
  stop(): Promise<number | null>;
}

export interface GatewayCommand {
  /** Default: this Node. */
  command?: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** A path that answers as soon as it is up; which status does not matter. */
  probe: string;
  port: number;
  startLimitMs?: number;
}

/** Runs a gateway. What it prints goes nowhere, except errors. */
export async function spawnGateway({
  command = process.execPath,
  args,
  env = {},
  probe,
  port,
  startLimitMs = START_LIMIT_MS,
}: GatewayCommand): Promise<Gateway> {
  const startedAt = performance.now();
  const child = spawn(...onGatewayCore(command, args), {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = once(child, 'exit');
  await answers(child, port, probe, startLimitMs);
  return {
    port,
    pid: child.pid ?? 0,
    firstAnswerMs: performance.now() - startedAt,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      const [code] = (await exit) as [number | null];
      clearTimeout(timer);
      return code;
    },
  };
}

async function answers(child: ChildProcess, port: number, probe: string, limitMs: number): Promise<void> {
  const request = Buffer.from(`GET ${probe} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The gateway ended with code ${child.exitCode}.`);
    const connection = new LoadConnection(port);
    try {
      await connection.exchange(request);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    } finally {
      connection.close();
    }
  }
  child.kill('SIGKILL');
  throw new Error('The gateway did not start in time.');
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
