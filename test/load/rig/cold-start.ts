import { execFileSync } from 'node:child_process';
import { LoadConnection } from './load-connection.ts';
import type { LoadUpstream } from './load-upstream.ts';
import { encodeRequest, SMALL_INPUT_BYTES } from './requests.ts';
import type { ColdStart } from './results.ts';
import { root } from './spawn-gateway.ts';
import { CHAT_MODEL, makeKeys, makeMeshSite, removeMeshSite, startMeshGateway } from './variants.ts';

/** How long the bundle takes to be of use, each time on the same store, in which its caller's key already is. */
export async function measureColdStart(upstream: LoadUpstream, rounds: number): Promise<ColdStart> {
  execFileSync('npm', ['run', '--silent', 'build', '--', '--log-level=warning'], { cwd: root, stdio: 'inherit' });
  const site = await makeMeshSite(upstream);
  const first = await startMeshGateway(site);
  const [key] = await makeKeys(site, first.port, { owners: 1, keysPerOwner: 1 });
  await first.stop();
  const coldStart: ColdStart = { firstAnswerMs: [], firstReplyMs: [] };
  const kind = { model: CHAT_MODEL, stream: false, inputBytes: SMALL_INPUT_BYTES };
  for (let round = 0; round < rounds; round++) {
    const gateway = await startMeshGateway(site, { script: 'dist/router.cjs' });
    const client = new LoadConnection(gateway.port);
    const { status, totalMs } = await client.exchange(encodeRequest(kind, { authorization: `Bearer ${key}` }));
    client.close();
    await gateway.stop();
    if (status !== 200) throw new Error(`The bundle answered ${status}.`);
    coldStart.firstAnswerMs.push(gateway.firstAnswerMs);
    coldStart.firstReplyMs.push(gateway.firstAnswerMs + totalMs);
  }
  await removeMeshSite(site);
  return coldStart;
}
