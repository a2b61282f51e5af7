import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadUpstream } from './load-upstream.ts';
import { freePort, spawnGateway } from './spawn-gateway.ts';
import { CHAT_MODEL, type Variant } from './variants.ts';

/** Python loads all of it before it listens. */
const START_LIMIT_MS = 180_000;
const INSTALL_LIMIT_MS = 600_000;
/** Outside the project, as the clients of `npm run test:clients` are. */
const CACHE = process.env.MESH_BENCH_CACHE ?? join(homedir(), '.cache', 'mesh-router-bench');
const lock = fileURLToPath(new URL('litellm-requirements.txt', import.meta.url));

/**
 * LiteLLM's proxy as its package comes, at the versions of our lock file, one worker, nothing stored. Throws where it cannot be
 * installed or started.
 */
export async function startLiteLlm(upstream: LoadUpstream): Promise<Variant> {
  const folder = installLiteLlm();
  const port = await freePort();
  // It does not start without one.
  const key = `sk-${randomBytes(16).toString('hex')}`;
  const model = { model: 'openai/bench-model', api_base: `http://127.0.0.1:${upstream.ports[0]}/v1`, api_key: 'bench' };
  // YAML takes JSON.
  const config = { model_list: [{ model_name: CHAT_MODEL, litellm_params: model }] };
  const configPath = join(folder, 'config.yaml');
  writeFileSync(configPath, JSON.stringify(config));
  const options = ['--config', configPath, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'];
  const gateway = await spawnGateway({
    command: join(folder, 'venv/bin/python'),
    args: [join(folder, 'venv/bin/litellm'), ...options],
    // Nothing is sent to its makers, nor asked of them.
    env: {
      LITELLM_TELEMETRY: 'False',
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      LITELLM_LOG: 'ERROR',
      LITELLM_MASTER_KEY: key,
    },
    port,
    probe: '/health/liveliness',
    startLimitMs: START_LIMIT_MS,
  });
  return {
    name: 'litellm',
    port,
    gateway,
    headers: () => ({ authorization: `Bearer ${key}` }),
    stop: async () => void (await gateway.stop()),
  };
}

/** Where it is; installs it where that was not done yet, or at other versions. */
function installLiteLlm(): string {
  const folder = join(CACHE, 'litellm');
  const stamp = join(folder, 'installed');
  const wanted = readFileSync(lock, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = (command: string, args: readonly string[]) =>
    execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], timeout: INSTALL_LIMIT_MS });
  run('python3', ['-m', 'venv', 'venv']);
  run('venv/bin/python', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', lock]);
  writeFileSync(stamp, wanted);
  return folder;
}
