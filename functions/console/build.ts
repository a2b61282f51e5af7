import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildConsole } from './build-console.ts';

/** `npm run console:build`: writes `dist/`, which is committed, so that a router has its console without a build. */
const dist = fileURLToPath(new URL('dist', import.meta.url));
const files = await buildConsole();
rmSync(dist, { recursive: true, force: true });
mkdirSync(`${dist}/assets`, { recursive: true });
for (const [name, text] of files) {
  writeFileSync(`${dist}/${name}`, text);
  console.log(`${name}  ${gzipSync(text).length} bytes packed`);
}
