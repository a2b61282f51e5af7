import { PubSub, type Topic as PubSubTopic } from '@google-cloud/pubsub';
import { encodeEventData } from './event-json.ts';
import type { Events, Topic } from './events.ts';
import { waitAtMost } from './wait-at-most.ts';

/** Messages published within this time share a request, up to this many. */
export const BATCH_MS = 10;
export const MAX_BATCH_MESSAGES = 100;
/** How long publishing may take, retries included. What fails is published again from the outbox. */
export const PUBLISH_LIMIT_MS = 10_000;
/** The first wait between two tries, doubled after each, and the longest. The client's own would go on past the limit. */
export const FIRST_RETRY_MS = 100;
export const LAST_RETRY_MS = 1_000;
/** How long `close` waits for what is being published. */
export const CLOSE_LIMIT_MS = 2_000;

export interface PubSubOptions {
  projectId: string;
  /** Names of the topics in the project, where they are not our own names. */
  topicNames?: Readonly<Partial<Record<Topic, string>>>;
}

/**
 * Events on Google Pub/Sub, or its emulator where `PUBSUB_EMULATOR_HOST` says so. The attribute `id` names a message,
 * `traceparent` the trace that it goes on with.
 */
export function connectPubSubEvents({ projectId, topicNames = {} }: PubSubOptions): Events {
  const client = new PubSub({ projectId });
  const open = new Map<Topic, PubSubTopic>();
  let closed = false;

  function topicOf(topic: Topic): PubSubTopic {
    const known = open.get(topic);
    if (known !== undefined) return known;
    const opened = client.topic(topicNames[topic] ?? topic, {
      batching: { maxMilliseconds: BATCH_MS, maxMessages: MAX_BATCH_MESSAGES },
      gaxOpts: {
        retry: {
          backoffSettings: {
            initialRetryDelayMillis: FIRST_RETRY_MS,
            retryDelayMultiplier: 2,
            maxRetryDelayMillis: LAST_RETRY_MS,
            initialRpcTimeoutMillis: PUBLISH_LIMIT_MS,
            rpcTimeoutMultiplier: 1,
            maxRpcTimeoutMillis: PUBLISH_LIMIT_MS,
            totalTimeoutMillis: PUBLISH_LIMIT_MS,
          },
        },
      },
    });
    open.set(topic, opened);
    return opened;
  }

  return {
    async publish(topic, { id, data, trace }) {
      if (closed) throw new Error('Events are closed.');
      const attributes = trace === undefined ? { id } : { id, traceparent: trace };
      await topicOf(topic).publishMessage({ data: Buffer.from(encodeEventData(data)), attributes });
    },
    async close() {
      closed = true;
      // Whoever published is told of a failure; here it only means that nothing is left to wait for.
      const flushed = Promise.allSettled([...open.values()].map((topic) => topic.flush()));
      await waitAtMost(flushed, CLOSE_LIMIT_MS);
      await client.close();
    },
  };
}
