import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadDemoKeys } from './demo.ts';

let folder: string;
let path: string;
const load = () => loadDemoKeys(path, (bytes) => randomBytes(bytes));
const mode = () => (statSync(path).mode & 0o777).toString(8);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-demo-'));
  path = join(folder, 'deep', 'demo-keys.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the keys of a demo', () => {
  test('are the same at each start, and nobody else’s to read', async () => {
    const keys = await load();
    expect(await load()).toEqual(keys);
    expect([mode(), readdirSync(join(folder, 'deep'))]).toEqual(['600', ['demo-keys.json']]);
  });

  test('are nobody else’s where the file was made so that others could read it', async () => {
    const keys = await load();
    chmodSync(path, 0o644);
    expect(await load()).toEqual(keys);
    expect(mode()).toBe('600');
  });

  test('are those of one of them where several start at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, load));
    expect(new Set(all.map(({ inference }) => inference)).size).toBe(1);
    expect(all[0]).toEqual(await load());
  });

  test.each(['', '{', '{"inference":"rsk_x","admin":"mak_x"}'])('replace a file that is not ours: %j', async (text) => {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(path, text, { mode: 0o644 });
    const keys = await load();
    expect(await load()).toEqual(keys);
    expect([mode(), readdirSync(join(folder, 'deep'))]).toEqual(['600', ['demo-keys.json']]);
  });
});
