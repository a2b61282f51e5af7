/** Charges, for whoever counts them. */
export const USAGE_TOPIC = 'usage';
/** What an operator or an owner should hear of. */
export const ALERTS_TOPIC = 'alerts';
/** Deliveries of alerts that are to be tried now; a message that names none has all tried that are due. */
export const WEBHOOKS_TOPIC = 'webhooks';
/** The topics that exist. */
export const topics = [USAGE_TOPIC, ALERTS_TOPIC, WEBHOOKS_TOPIC] as const;
export type Topic = (typeof topics)[number];

/** One message: what `encodeEventData` makes JSON of (amounts are decimal strings), and the id that names it in logs. */
export interface Event {
  id: string;
  data: Readonly<Record<string, unknown>>;
  /** `traceparent` of the trace that it goes on with. */
  trace?: string;
}

/** Publishes at least once; resolves when the broker has the message. Delivery order is not promised. */
export interface Events {
  publish(topic: Topic, event: Event): Promise<void>;
  close(): Promise<void>;
}

/**
 * Handles one message, which may come again at any time: what was done already must be found done. Throwing asks for
 * redelivery.
 */
export type EventHandler = (event: Event) => Promise<void>;
