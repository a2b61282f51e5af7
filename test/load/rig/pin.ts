import { execFileSync, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const LOAD_CORE = '0';
const GATEWAY_CORE = '1';

/** Whether processes can be kept on a core each. */
export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Keeps this process, upstream and load generator, off the gateway's core. */
export function pinThisProcess(): void {
  if (canPin) execFileSync('taskset', ['-a', '-c', '-p', LOAD_CORE, String(process.pid)], { stdio: 'ignore' });
}

/** A command that runs on the gateway's core. */
export function onGatewayCore(command: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', GATEWAY_CORE, command, ...args]] : [command, [...args]];
}
