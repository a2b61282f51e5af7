import { spawn } from 'node:child_process';
import type { PlanPorts } from './run-plan.ts';

/** Runs commands of plans in a folder; what they say is shown, and kept. */
export function runCommand(cwd: string, show: (said: string) => void): PlanPorts['run'] {
  return ([file = '', ...args], { input, env }) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'inherit' : 'pipe', 'pipe', 'inherit'],
    });
    // One that ends without reading its input says so by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    return new Promise((resolve, reject) => {
      let output = '';
      child.stdout?.setEncoding('utf8').on('data', (said: string) => {
        output += said;
        show(said);
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? 1, output }));
    });
  };
}
