import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** How long a command may take for one task. */
const LIMIT_MS = 50_000;
/** How much of what a command complains about is told. */
const COMPLAINT_CHARACTERS = 4_000;

/**
 * Runs a command line client in an empty folder of its own, and hands each line of JSON that it prints to `onEvent`, with a way
 * to end it. Returns what it complained about, and the calls that the server of weather-mcp.mjs has noted.
 */
export const runCli = (toCommand, env, onEvent) =>
  inFolder(async (place) => {
    const command = start(toCommand(place), env, place.folder);
    try {
      for await (const line of createInterface({ input: command.child.stdout })) {
        if (line.startsWith('{')) onEvent(JSON.parse(line), () => command.child.kill('SIGINT'));
      }
      return { complaint: command.complaint() };
    } finally {
      command.stop();
    }
  });

/**
 * Runs commands as people start them, one after the other, in a folder with a `note.txt`. Returns as facts what the last one
 * said, what it printed, the calls that were noted, and what is in the file then.
 */
export const runPlain = (toCommands, env) =>
  inFolder(async (place) => {
    const note = join(place.folder, 'note.txt');
    writeFileSync(note, 'Hello.\n');
    let facts = {};
    for (const line of toCommands(place)) facts = await printed(start(line, env, place.folder));
    return { ...facts, file: readFileSync(note, 'utf8') };
  });

/**
 * Runs a tool by `mesh launch`, with its own arguments behind; from nothing else it knows the router, the key and the model.
 * `toCommand` says its program, which is in a folder of programs, and those arguments.
 */
export const runLaunched = (tool, task, toCommand, env = {}) =>
  runPlain(
    (place) => {
      const [, ...args] = toCommand(place);
      return [mesh('launch', tool, '-m', task.model, '--', ...args)];
    },
    { ...meshEnvironment(task), ...withProgram(toCommand), ...env },
  );

/** Runs a tool after `mesh configure`, and `mesh unconfigure` behind it. */
export async function runConfigured(tool, task, toCommand, env = {}) {
  const configure = (...args) => runPlain(() => [mesh(...args)], meshEnvironment(task));
  const written = await configure('configure', tool, '-m', task.model);
  if (written.error) return written;
  const facts = await runPlain((place) => [toCommand(place)], { ...withProgram(toCommand), ...env });
  const undone = await configure('unconfigure', tool);
  return undone.error ? undone : facts;
}

const mesh = (...args) => [process.execPath, process.env.MESH_PROGRAM, ...args];
const meshEnvironment = ({ url, key }) => ({ MESH_URL: url, MESH_KEY: key });
/** As where somebody has installed it. */
const withProgram = (toCommand) => {
  const [program] = toCommand({ folder: '', server: [] });
  return { PATH: [dirname(program), process.env.PATH].join(delimiter) };
};

async function printed(command) {
  let said = '';
  command.child.stdout.on('data', (bytes) => {
    said += bytes;
  });
  const [code, signal] = await once(command.child, 'close');
  command.stop();
  if (signal === 'SIGKILL') throw new Error(`It did not end within ${LIMIT_MS / 1_000} s.`);
  const text = said.trim();
  const printed = text || command.complaint().trim();
  return {
    text,
    printed,
    ...(code === 0 ? {} : { error: { class: `ended with ${code ?? signal}`, message: printed } }),
  };
}

function start([file, ...args], env, folder) {
  const child = spawn(file, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let complaint = '';
  child.stderr.on('data', (bytes) => {
    complaint = (complaint + bytes).slice(-COMPLAINT_CHARACTERS);
  });
  return {
    child,
    complaint: () => complaint,
    stop() {
      clearTimeout(timer);
      child.kill('SIGKILL');
    },
  };
}

async function inFolder(act) {
  const folder = mkdtempSync(join(tmpdir(), 'client-'));
  const notes = join(folder, 'calls.jsonl');
  try {
    const facts = await act({ folder, server: [join(import.meta.dirname, 'weather-mcp.mjs'), notes] });
    return { ...facts, calls: readLines(notes).map((line) => JSON.parse(line)) };
  } finally {
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
