import { PubSub, type Topic as PubSubTopic } from '@google-cloud/pubsub';
import type { Events, Topic } from './events.ts';

/** Messages published within this time share a request. */
export const BATCH_MS = 10;
/** How long publishing may take, retries included. What fails is published again from the outbox. */
export const PUBLISH_LIMIT_MS = 10_000;

export interface PubSubOptions {
  projectId: string;
  /** Names of the topics in the project. */
  topicNames: Readonly<Record<Topic, string>>;
}

/** Events on Google Pub/Sub, or its emulator where `PUBSUB_EMULATOR_HOST` says so. The attribute `id` names a message. */
export function connectPubSubEvents({ projectId, topicNames }: PubSubOptions): Events {
  const client = new PubSub({ projectId });
  const open = new Map<Topic, PubSubTopic>();

  function topicOf(topic: Topic): PubSubTopic {
    const known = open.get(topic);
    if (known !== undefined) return known;
    const opened = client.topic(topicNames[topic], {
      batching: { maxMilliseconds: BATCH_MS },
      gaxOpts: { timeout: PUBLISH_LIMIT_MS },
    });
    open.set(topic, opened);
    return opened;
  }

  return {
    async publish(topic, { id, data }) {
      await topicOf(topic).publishMessage({ json: data, attributes: { id } });
    },
    async close() {
      await Promise.all([...open.values()].map((topic) => topic.flush()));
      await client.close();
    },
  };
}
