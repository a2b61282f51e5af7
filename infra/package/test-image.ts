import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Builds the local image and runs it as `emulators/compose.yaml` does. Says so, and ends well, where there is no container runtime. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const IMAGE = 'mesh-router:test';
const HEALTH_LIMIT_S = 60;
const KEY_OF_DEMO = `MESH_KEY=$(node -p 'require("/data/demo-keys.json").inference')`;

const docker = (...args: string[]) =>
  execFileSync('docker', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

if (!hasRuntime()) {
  console.log('SKIPPED: there is no container runtime here, so the image was neither built nor run.');
} else {
  docker('build', '--target', 'local', '--file', 'infra/deploy/Dockerfile', '--tag', IMAGE, '.');
  const limits = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true'];
  const id = docker('run', '--detach', ...limits, '--volume', '/data', IMAGE);
  try {
    await untilHealthy(id);
    if (docker('exec', id, 'id', '-u') === '0') throw new Error('It runs as root.');
    const answer = docker(
      'exec',
      '--workdir',
      '/',
      id,
      'sh',
      '-c',
      `${KEY_OF_DEMO} node /app/mesh.js chat -m mesh/echo "It works"`,
    );
    if (answer !== 'It works') throw new Error(`It answered ${JSON.stringify(answer)}.`);
    docker('stop', id);
    if (docker('inspect', '--format', '{{.State.ExitCode}}', id) !== '0') throw new Error('It did not stop in order.');
    console.log('The image is built, healthy as another user than root on a read-only root, answers and stops.');
  } finally {
    docker('rm', '--force', '--volumes', id);
  }
}

function hasRuntime(): boolean {
  try {
    docker('info');
    return true;
  } catch {
    return false;
  }
}

async function untilHealthy(id: string): Promise<void> {
  for (let second = 0; second < HEALTH_LIMIT_S; second++) {
    const health = docker('inspect', '--format', '{{.State.Health.Status}}', id);
    if (health === 'healthy') return;
    await pause(1_000);
  }
  throw new Error(`It was not healthy after ${HEALTH_LIMIT_S} s: ${docker('logs', id)}`);
}
