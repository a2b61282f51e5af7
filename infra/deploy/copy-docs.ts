import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Puts the documents and the console beside the bundle of the router, which reads them there: `dist/docs`, `dist/console`. */
const root = fileURLToPath(new URL('../..', import.meta.url));
rmSync(`${root}/dist/docs`, { recursive: true, force: true });
cpSync(`${root}/functions/router/docs`, `${root}/dist/docs`, {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
});
rmSync(`${root}/dist/console`, { recursive: true, force: true });
cpSync(`${root}/functions/console/dist`, `${root}/dist/console`, { recursive: true });
