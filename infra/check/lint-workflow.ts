import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** https://github.com/rhysd/actionlint */
const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';

/** The command that lints a workflow from standard input: an installed actionlint, or one that Go builds; null without either. */
export async function findActionlint(): Promise<readonly string[] | null> {
  const gopath = await run('go', ['env', 'GOPATH']).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
  const installed = ['actionlint', ...(gopath === null ? [] : [`${gopath}/bin/actionlint`])];
  for (const command of installed) {
    if (
      await run(command, ['-version']).then(
        () => true,
        () => false,
      )
    )
      return [command];
  }
  return gopath === null ? null : ['go', 'run', ACTIONLINT];
}

/** What is wrong with a workflow: a line for each, nothing where it is well. */
export async function lintWorkflow(actionlint: readonly string[], workflow: string): Promise<string[]> {
  const [command = '', ...args] = actionlint;
  const child = spawn(command, [...args, '-oneline', '-no-color', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(workflow);
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return text.split('\n').filter((line) => line !== '');
}
