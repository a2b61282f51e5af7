import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The Firebase emulator suite refuses to start below this. */
export const MIN_JAVA_VERSION = 21;
/** A Java that does not say its version within this time is none. */
const ANSWER_LIMIT_MS = 15_000;

/** Folders in which systems and tools keep their Java installations, a folder for each. */
const JVM_FOLDERS = [
  '/usr/lib/jvm',
  '/usr/java',
  '/opt/java',
  '/Library/Java/JavaVirtualMachines',
  '/opt/homebrew/opt',
  '/usr/local/opt',
  join(homedir(), '.sdkman', 'candidates', 'java'),
];

export interface Java {
  /** Major version: 21, 8. */
  version: number;
  home: string;
}

/** The first Java that is new enough, or null; and those found before it that are too old. */
export async function findJava(
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ java: Java | null; tooOld: Java[] }> {
  const tooOld: Java[] = [];
  const chosen = env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java')] : [];
  for (const command of [...chosen, 'java', ...(await installedCommands())]) {
    const java = await askJava(command);
    if (java === null) continue;
    if (java.version >= MIN_JAVA_VERSION) return { java, tooOld };
    if (!tooOld.some(({ home }) => home === java.home)) tooOld.push(java);
  }
  return { java: null, tooOld };
}

async function installedCommands(): Promise<string[]> {
  const commands = await Promise.all(
    JVM_FOLDERS.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return names.flatMap((name) => [
        join(folder, name, 'bin', 'java'),
        join(folder, name, 'Contents', 'Home', 'bin', 'java'),
      ]);
    }),
  );
  return commands.flat();
}

async function askJava(command: string): Promise<Java | null> {
  try {
    const asked = ['-XshowSettings:properties', '-version'];
    const { stdout, stderr } = await promisify(execFile)(command, asked, { timeout: ANSWER_LIMIT_MS });
    return parseJava(stderr + stdout);
  } catch {
    return null;
  }
}

/** Home and version in what `java -XshowSettings:properties -version` prints: `java.version = 17.0.15`, or `1.8.0_392`. */
export function parseJava(printed: string): Java | null {
  const home = /^\s*java\.home = (.+?)\s*$/m.exec(printed)?.[1];
  const [, first, second] = /^\s*java\.version = (\d+)(?:\.(\d+))?/m.exec(printed) ?? [];
  if (home === undefined || first === undefined) return null;
  return { home, version: Number(first === '1' ? second : first) };
}
