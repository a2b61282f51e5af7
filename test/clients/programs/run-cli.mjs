import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How long a command may take for one task. */
const LIMIT_MS = 50_000;

/**
 * Runs a command line client in an empty folder of its own, and hands each line of JSON that it prints to `onEvent`, with a way
 * to end it. Returns what it complained about, and the calls that the server of weather-mcp.mjs has noted.
 */
export async function runCli(toCommand, env, onEvent) {
  const folder = mkdtempSync(join(tmpdir(), 'client-'));
  const notes = join(folder, 'calls.jsonl');
  const [file, ...args] = toCommand({ folder, server: [join(import.meta.dirname, 'weather-mcp.mjs'), notes] });
  const child = spawn(file, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let complaint = '';
  child.stderr.on('data', (bytes) => {
    complaint = (complaint + bytes).slice(-1_000);
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('{')) onEvent(JSON.parse(line), () => child.kill('SIGINT'));
    }
    const calls = readLines(notes).map((line) => JSON.parse(line));
    return { complaint, calls };
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function readLines(path) {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n');
  } catch {
    return [];
  }
}

/** The status that a client's words tell of. */
export const statusIn = (words) => Number(/\b([45]\d\d)\b/.exec(words)?.[1]) || undefined;
