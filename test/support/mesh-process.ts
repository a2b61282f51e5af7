import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** On a machine with other work to do a start has been seen to take 22 s. */
const START_LIMIT_MS = 60_000;

export interface MeshProcess {
  url: string;
  child: ChildProcess;
  /** Resolves when the process has gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** A router in a process of its own, as `npm start` runs it, on a free port. */
export async function spawnMesh(env: Record<string, string>): Promise<MeshProcess> {
  const child = spawn(process.execPath, ['functions/router/index.ts'], {
    cwd: root,
    env: { ...process.env, MESH_DEMO: 'off', MESH_LOG: 'info', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The router did not start in time.')), START_LIMIT_MS);
    gone.then(() => reject(new Error('The router ended before it listened.')));
    lines.on('line', (line) => {
      const found = /"message":"listening".*?"port":(\d+)|"port":(\d+).*?"message":"listening"/.exec(line);
      if (found === null) return;
      clearTimeout(timer);
      resolve(Number(found[1] ?? found[2]));
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    async kill(signal) {
      child.kill(signal);
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await gone;
    },
  };
}
