import { connectEmulator } from '../../../test/support/connect-emulator.ts';
import { describeEmulated } from '../../../test/support/describe-emulated.ts';
import { describeSessions } from './sessions-contract.ts';

describeEmulated('on the emulator', () => {
  describeSessions('sessions on Firestore', () => connectEmulator('demo-mesh'));
});
