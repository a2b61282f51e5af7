import { fileURLToPath } from 'node:url';
import { startFunctions } from './functions.ts';
import { runWithEmulators } from './run-with-emulators.ts';

/**
 * `npm run emulators`: Firestore and Pub/Sub under the Firebase emulator suite, and all functions against them, until
 * interrupted. Run without arguments it brings up the emulators and runs itself inside them.
 */
const PORTS = { router: Number(process.env.PORT ?? 8080), usage: 8091, fx: 8092 };

if (process.argv[2] === 'inside') {
  const functions = await startFunctions(PORTS);
  const stop = async () => {
    await functions.stop();
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} else {
  const self = fileURLToPath(import.meta.url);
  process.exitCode = await runWithEmulators([process.execPath, self, 'inside'], { ports: 'fixed', optional: false });
}
