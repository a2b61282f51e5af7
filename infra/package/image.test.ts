import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dockerfile = readFileSync(`${root}infra/deploy/Dockerfile`, 'utf8');
const compose = readFileSync(`${root}emulators/compose.yaml`, 'utf8');

/** The lines of a stage; the last one has no name. */
function stage(name: string | null): string {
  const stages = dockerfile.split(/^(?=FROM )/m);
  const found =
    name === null ? stages.at(-1) : stages.find((each) => new RegExp(`^FROM \\S+ AS ${name}\\n`).test(each));
  if (found === undefined) throw new Error(`There is no stage ${name}.`);
  return found;
}

describe('the image for a machine of one’s own', () => {
  test('runs as another user than root, keeps its data in a volume, and can be asked for its health', () => {
    const local = stage('local');
    expect(local.indexOf('USER node')).toBeGreaterThan(local.indexOf('/data\n'));
    expect(local).toContain('VOLUME /data');
    expect(local).toContain('MESH_STORE=sqlite:/data/mesh.db');
    expect(local).toMatch(/HEALTHCHECK [\s\S]*\/readyz/);
  });

  test('is made of all that the command line imports', () => {
    const sources = readdirSync(`${root}functions/cli`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .map((path) => readFileSync(`${root}functions/cli/${path}`, 'utf8'));
    const folders = new Set(
      sources.flatMap((text) => [...text.matchAll(/from '(?:\.\.\/)+(infra\/\w+)\//g)].map(([, folder]) => folder)),
    );
    expect(folders.size).toBeGreaterThan(0);
    for (const folder of folders) expect(stage('package')).toContain(`COPY ${folder} ${folder}\n`);
  });

  test('is not what is deployed: that is the last stage, as before', () => {
    expect(stage(null)).toContain('COPY --from=build /app/dist dist');
    expect(stage(null)).not.toContain('sqlite');
  });

  test('is run with a root that nobody can write to, for this machine alone', () => {
    expect(compose).toContain('target: local');
    expect(compose).toContain('read_only: true');
    expect(compose).toContain('"127.0.0.1:8080:8080"');
    expect(compose).toContain('cap_drop: [ALL]');
  });
});
