import { describeEmulated } from '../../test/support/describe-emulated.ts';
import { openPubSub } from '../../test/support/open-pub-sub.ts';
import { describeAlerts } from './alerts-contract.ts';

describeEmulated('on the emulator', () => {
  describeAlerts('an alert on Pub/Sub', (handle) => openPubSub([handle], 'alerts'));
});
