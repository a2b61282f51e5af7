import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The Firebase emulator suite refuses to start below this. */
export const MIN_JAVA_VERSION = 21;

/** Folders in which systems keep their Java installations, a folder for each. */
const JVM_FOLDERS = ['/usr/lib/jvm', '/usr/java', '/opt/java', '/Library/Java/JavaVirtualMachines'];

/** The home of a Java that is new enough; null where there is none. */
export async function findJava(env: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  const homes = [env.JAVA_HOME, ...(await installedHomes())].filter((home) => home !== undefined && home !== '');
  for (const home of homes as string[]) if (await isNewEnough(join(home, 'bin', 'java'))) return home;
  return (await isNewEnough('java')) ? '' : null;
}

async function installedHomes(): Promise<string[]> {
  const homes = await Promise.all(
    JVM_FOLDERS.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return names.flatMap((name) => [join(folder, name), join(folder, name, 'Contents', 'Home')]);
    }),
  );
  return homes.flat();
}

async function isNewEnough(java: string): Promise<boolean> {
  try {
    const { stdout, stderr } = await promisify(execFile)(java, ['-version']);
    return (parseJavaVersion(stderr + stdout) ?? 0) >= MIN_JAVA_VERSION;
  } catch {
    return false;
  }
}

/** The major version in what `java -version` prints: 17 of `openjdk version "17.0.15"`, 8 of `java version "1.8.0_392"`. */
export function parseJavaVersion(printed: string): number | null {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(printed);
  if (match === null) return null;
  return Number(match[1] === '1' ? match[2] : match[1]);
}
