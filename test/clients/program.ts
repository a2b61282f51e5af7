import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Action, type Facts, facts } from './case.ts';
import type { Surface } from './client.ts';

/** How long a program may take for one job, its start included. */
const JOB_LIMIT_MS = 60_000;
/** After so many deaths in a row a program is not started again. */
const MAX_DEATHS = 5;
/** How much of what a program complains about is told when it dies. */
const COMPLAINT_CHARACTERS = 300;

/** What a program is told, as a line of JSON on its standard input. It answers with a line: the id, and its facts. */
export interface Task {
  id: number;
  do: Action;
  /** What it is to speak, where it can speak several. */
  surface: Surface;
  stream: boolean;
  /** Of the router, without `/v1`. */
  url: string;
  key: string;
  model: string;
  prompt: string;
  /** Absent: nothing is sent. */
  temperature?: number;
  /** Absent: as often as the client likes. */
  retries?: number;
}

/** The programs of one client, one at a time: the next task starts another where one has died or took too long. */
export class Program {
  readonly #start: () => ChildProcess;
  #child: ChildProcess | null = null;
  #complaint = '';
  #deaths = 0;

  constructor(command: readonly string[], options: { cwd: string; env: Record<string, string> }) {
    const [file = '', ...args] = command;
    // A group of its own, so that what a client starts ends with it.
    this.#start = () => spawn(file, args, { ...options, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** The facts of a task, or why there are none. */
  async run(task: Task): Promise<Facts | { died: string }> {
    if (this.#deaths === MAX_DEATHS) return { died: `it died ${MAX_DEATHS} times in a row: ${this.#complaint}` };
    const child = this.#running();
    const reply = await new Promise<unknown>((resolve) => {
      const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
      const timer = setTimeout(() => done({ died: `nothing within ${JOB_LIMIT_MS / 1_000} s` }), JOB_LIMIT_MS);
      const fell = (code: unknown) => done({ died: `it ended with ${code}: ${this.#complaint}` });
      const done = (value: unknown) => {
        clearTimeout(timer);
        lines.close();
        child.off('close', fell).off('error', fell);
        resolve(value);
      };
      child.once('close', fell).once('error', fell);
      lines.on('line', (line) => {
        // Clients print as well.
        if (!line.startsWith(`{"id":${task.id},`) && !line.startsWith(`{"id": ${task.id},`)) return;
        done((JSON.parse(line) as { facts: unknown }).facts);
      });
      child.stdin?.write(`${JSON.stringify(task)}\n`);
    });
    if (typeof reply === 'object' && reply !== null && 'died' in reply) {
      this.stop();
      this.#deaths++;
      return reply as { died: string };
    }
    this.#deaths = 0;
    return facts.parse(reply);
  }

  stop(): void {
    const pid = this.#child?.pid;
    this.#child = null;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has gone by itself.
    }
  }

  #running(): ChildProcess {
    if (this.#child !== null) return this.#child;
    const child = this.#start();
    this.#complaint = '';
    child.stdin?.on('error', () => {});
    child.stderr?.on('data', (bytes) => {
      this.#complaint = (this.#complaint + bytes).slice(-COMPLAINT_CHARACTERS);
    });
    this.#child = child;
    return child;
  }
}
