import type { PlanStep } from './plan.ts';

/** How commands are run, and people asked. */
export interface PlanPorts {
  run(command: readonly string[], options: Pick<PlanStep, 'input' | 'env'>): Promise<{ code: number; output: string }>;
  /** Whether somebody says yes. */
  ask(question: string): Promise<boolean>;
  print(line: string): void;
}

/** Thrown where a plan stops before its end. What was done stays, and the same plan again goes on from there. */
export class PlanStopped extends Error {
  constructor(title: string, why: string) {
    super(`${title}: ${why}. Run the same again: it goes on from here.`);
    this.name = 'PlanStopped';
  }
}

/** Carries out a plan, a step after the other; throws `PlanStopped` at the first that fails. */
export async function runPlan(steps: readonly PlanStep[], { run, ask, print }: PlanPorts): Promise<void> {
  for (const step of steps) {
    const { title, command, done, ask: question } = step;
    if (question !== undefined && !(await ask(question))) throw new PlanStopped(title, 'nobody said yes');
    print(`# ${title}`);
    if (done !== undefined) {
      print(inShell(done.command));
      const { code, output } = await run(done.command, {});
      if (code === 0 && (done.says?.test(output) ?? true)) {
        print('# is done already');
        continue;
      }
    }
    print(describe(step));
    const { code } = await run(command, step);
    if (code !== 0) throw new PlanStopped(title, `ended with ${code}`);
  }
}

/** Prints all that a plan would run in a project in which nothing of it was done yet, and runs nothing. */
export function showPlan(steps: readonly PlanStep[], print: (line: string) => void): void {
  for (const step of steps) {
    if (step.ask !== undefined) print(`# asks: ${step.ask}`);
    print(`# ${step.title}`);
    if (step.done !== undefined) print(inShell(step.done.command));
    print(describe(step));
  }
}

function describe({ command, env = {}, input }: PlanStep): string {
  const set = Object.entries(env).map(([name, value]) => `${name}=${value} `);
  return `${set.join('')}${inShell(command)}${input === undefined ? '' : ' # reads the secret'}`;
}

/** As it can be pasted. */
function inShell(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}
