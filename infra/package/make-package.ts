import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Makes `dist/package`, the command line and the router as one package without dependencies, and packs it:
 * `dist/mesh-router-<version>.tgz`. Node strips no types below `node_modules`, so it is JavaScript; what a command does not use, the
 * clients of clouds among it, is in files of its own that are never read.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const out = `${root}/dist/package`;
/** What the oldest Node that is supported can run. */
const TARGET = 'node22.15';

/** Packages of CommonJS find what they expect around them. */
const banner = [
  "import { createRequire as createMeshRequire } from 'node:module';",
  'const require = createMeshRequire(import.meta.url);',
  'const __dirname = import.meta.dirname;',
  'const __filename = import.meta.filename;',
].join('\n');

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: { mesh: 'functions/cli/index.ts' },
  outdir: out,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: TARGET,
  minifyWhitespace: true,
  minifySyntax: true,
  banner: { js: banner },
  // The documents are in a folder beside the bundle.
  define: { 'import.meta.dirname': 'undefined' },
  // What is imported on demand keeps its names only as a module.
  mainFields: ['module', 'main'],
  logLevel: 'warning',
});
cpSync(`${root}/functions/router/docs`, `${out}/docs`, {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
});
cpSync(`${root}/functions/console/dist`, `${out}/console`, { recursive: true });
cpSync(`${root}/README.md`, `${out}/README.md`);
const { version, description, license } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const manifest = {
  name: 'mesh-router',
  version,
  description,
  license,
  type: 'module',
  bin: { mesh: 'mesh.js', 'mesh-router': 'mesh.js' },
  engines: { node: '>=22.15' },
};
writeFileSync(`${out}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', '..'], { cwd: out, encoding: 'utf8' });
console.log(`dist/${packed.trim()}`);
