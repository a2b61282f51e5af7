import { describe } from '@jest/globals';

const hasEmulators = Boolean(process.env.FIRESTORE_EMULATOR_HOST && process.env.PUBSUB_EMULATOR_HOST);

/** `describe` where the emulators run; elsewhere everything in it is reported as skipped. */
export function describeEmulated(name: string, body: () => void): void {
  (hasEmulators ? describe : describe.skip)(name, body);
}
