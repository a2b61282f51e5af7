import { silentLog } from '../../test/support/memory-log.ts';
import { createLocalEvents } from '../platform/events/local-events.ts';
import { describeAlerts } from './alerts-contract.ts';

describeAlerts('an alert in process', async (handle) =>
  createLocalEvents({ subscribers: { alerts: [handle] }, log: silentLog }),
);
