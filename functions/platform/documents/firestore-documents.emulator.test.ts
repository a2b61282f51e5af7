import { describeEmulated } from '../../../test/support/describe-emulated.ts';
import { describeDocuments } from './documents-contract.ts';
import { connectFirestore } from './firestore-documents.ts';

describeEmulated('on the emulator', () => {
  describeDocuments('Firestore', () => connectFirestore({ projectId: 'demo-mesh' }));
});
