import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Commands and flags, as the SDK completes them. */
export interface GcloudTree {
  commands: Record<string, GcloudTree>;
  flags: Record<string, unknown>;
}

/** Newer than some that are installed. https://cloud.google.com/sdk/gcloud/reference/firestore/databases/clone */
const NEW = ['firestore databases clone', 'beta quotas info list'];

/** What an installed gcloud knows; null where there is none. */
export async function gcloudTree(): Promise<GcloudTree | null> {
  const sdk = await promisify(execFile)('gcloud', ['info', '--format=value(installation.sdk_root)']).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
  const path = join(sdk ?? '', 'data/cli/gcloud_completions.py');
  if (sdk === null || !existsSync(path)) return null;
  const [, json = ''] = readFileSync(path, 'utf8').split('STATIC_COMPLETION_CLI_TREE = ');
  return JSON.parse(json);
}

/** Calls, as words after `gcloud`, that are no command or have a flag that it does not know: each with why. */
export function unknownCalls(tree: GcloudTree, calls: readonly (readonly string[])[]): string[] {
  return calls.flatMap((call) => {
    if (NEW.some((each) => call.join(' ').startsWith(each))) return [];
    let at = tree;
    let depth = 0;
    const flags = new Set(Object.keys(at.flags));
    for (let next = at.commands[call[0] ?? '']; next !== undefined; next = at.commands[call[depth] ?? '']) {
      at = next;
      depth++;
      for (const flag of Object.keys(at.flags)) flags.add(flag);
    }
    const isCommand = Object.keys(at.commands).length === 0;
    const said = call.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? '');
    const missing = said.filter((flag) => !flags.has(flag) && !flags.has(flag.replace(/^--no-/, '--')));
    return isCommand && missing.length === 0
      ? []
      : [`${call.join(' ')}: ${isCommand ? missing.join(' ') : 'no command'}`];
  });
}
