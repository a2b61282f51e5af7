import { describe } from '@jest/globals';

/** `describe` where the emulators run; elsewhere everything in it is reported as skipped. */
export const describeEmulated =
  process.env.FIRESTORE_EMULATOR_HOST && process.env.PUBSUB_EMULATOR_HOST ? describe : describe.skip;
