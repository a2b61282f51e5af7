import { setTimeout as pause } from 'node:timers/promises';
import { spawnMesh } from './mesh-process.ts';

const INSTANCES = 3;
const LOOK_MS = 5;

/**
 * How long changes of the catalogue over the API take until every other instance serves them, from the answer of the one that made
 * them. Milliseconds, one figure for each change. `env`: the store, and the admin key.
 */
export async function measureHeard(env: Record<string, string>, adminKey: string, changes: number): Promise<number[]> {
  const instances = [];
  for (let n = 0; n < INSTANCES; n++) instances.push(await spawnMesh({ MESH_ADMIN_KEY: adminKey, ...env }));
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  const [first, ...others] = instances.map(({ url }) => url) as [string, ...string[]];
  const versionAt = async (url: string): Promise<number> => {
    const reply = await fetch(`${url}/v1/catalogue/providers`, { headers });
    return ((await reply.json()) as { version: number }).version;
  };
  try {
    const took: number[] = [];
    for (let n = 0; n < changes; n++) {
      const body = JSON.stringify({ description: `Change ${n}` });
      const reply = await fetch(`${first}/v1/catalogue/models/mesh/echo`, { method: 'PUT', headers, body });
      const { version } = (await reply.json()) as { version: number };
      const from = performance.now();
      for (const url of others) while ((await versionAt(url)) < version) await pause(LOOK_MS);
      took.push(performance.now() - from);
    }
    return took;
  } finally {
    await Promise.all(instances.map((instance) => instance.kill('SIGTERM')));
  }
}
