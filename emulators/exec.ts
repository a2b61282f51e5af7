import { runWithEmulators } from './run-with-emulators.ts';

/** `node emulators/exec.ts [--optional] -- <command…>`: runs a command with the Firestore and Pub/Sub emulators up. */
const split = process.argv.indexOf('--');
const flags = process.argv.slice(2, split === -1 ? undefined : split);
const command = split === -1 ? [] : process.argv.slice(split + 1);
if (command.length === 0 || flags.some((flag) => flag !== '--optional')) {
  console.error('usage: node emulators/exec.ts [--optional] -- <command…>');
  process.exit(2);
}
process.exitCode = await runWithEmulators(command, { ports: 'free', optional: flags.includes('--optional') });
