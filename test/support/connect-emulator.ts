import type { Documents } from '../../functions/core/store/documents.ts';
import { connectFirestore } from '../../functions/platform/documents/firestore-documents.ts';

/** The store of a project in the emulator that runs. Each project has documents of its own. */
export function connectEmulator(projectId: string): Documents {
  return connectFirestore({ projectId, emulatorHost: process.env.FIRESTORE_EMULATOR_HOST || null });
}
