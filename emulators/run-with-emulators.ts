import { constants } from 'node:os';
import { findEmulators } from './find-emulators.ts';
import { keepSignals, runCommand, SIGNALLED } from './run-command.ts';
import { type Ports, PROJECT, type Suite, startSuite } from './start-suite.ts';

export interface RunOptions {
  ports: Ports;
  /** Whether to run the command without emulators where there are none. */
  optional: boolean;
}

/**
 * Runs a command with both emulators up and their addresses in its environment. Resolves with its exit code. Emulators that
 * run already, as `FIRESTORE_EMULATOR_HOST` and `PUBSUB_EMULATOR_HOST` say, are used and left running.
 */
export async function runWithEmulators(command: readonly string[], { ports, optional }: RunOptions): Promise<number> {
  const found = await findEmulators(process.env);
  if (found.kind === 'running') return runCommand(command, commandEnv({}));
  if (found.kind === 'missing') return runWithout(command, found.reasons, optional);

  const { result: suite, signal } = await keepSignals(() => startSuite(found, ports).catch((error: Error) => error));
  if (suite instanceof Error) return runWithout(command, [suite.message], optional && found.download);
  const code =
    signal === null ? await runCommand(command, commandEnv(suite.env)) : SIGNALLED + constants.signals[signal];
  await keepSignals(() => suite.stop());
  return code;
}

function commandEnv(addresses: Partial<Suite['env']>): NodeJS.ProcessEnv {
  // No metadata server is asked for credentials that the emulators do not want.
  return { ...process.env, ...addresses, METADATA_SERVER_DETECTION: 'none', GOOGLE_CLOUD_PROJECT: PROJECT };
}

async function runWithout(command: readonly string[], reasons: readonly string[], optional: boolean): Promise<number> {
  const line = '='.repeat(78);
  const effect = optional
    ? 'NO EMULATORS: tests that need Firestore and Pub/Sub are SKIPPED. What is missing:'
    : 'The Firestore and Pub/Sub emulators cannot be started. What is missing:';
  console.error([line, effect, ...reasons.map((reason) => `  - ${reason}`), line].join('\n'));
  if (!optional) return 1;
  const env: NodeJS.ProcessEnv = { ...process.env, MESH_NO_EMULATORS: reasons.join('; ') };
  delete env.FIRESTORE_EMULATOR_HOST;
  delete env.PUBSUB_EMULATOR_HOST;
  return runCommand(command, env);
}
