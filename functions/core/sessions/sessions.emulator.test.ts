import { describeEmulated } from '../../../test/support/describe-emulated.ts';
import { connectFirestore } from '../../platform/documents/firestore-documents.ts';
import { describeSessions } from './sessions-contract.ts';

describeEmulated('on the emulator', () => {
  describeSessions('sessions on Firestore', () => connectFirestore({ projectId: 'demo-mesh' }));
});
