import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { describeEmulated } from '../../../test/support/describe-emulated.ts';
import { openPubSub, projectId } from '../../../test/support/open-pub-sub.ts';
import { describeEvents } from './events-contract.ts';
import { connectPubSubEvents } from './pubsub-events.ts';

/** https://grpc.io/docs/guides/status-codes */
const NOT_FOUND = 5;

describeEmulated('Pub/Sub', () => {
  describeEvents('events', openPubSub);

  test('a topic that is not there is an error, and closing goes on', async () => {
    const events = connectPubSubEvents({ projectId, topicNames: { usage: `missing-${randomUUID()}` } });
    await expect(events.publish('usage', { id: 'a', data: {} })).rejects.toMatchObject({ code: NOT_FOUND });
    await events.close();
  });
});
