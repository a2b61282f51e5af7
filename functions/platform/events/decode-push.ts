import type { Event } from './events.ts';

/**
 * The event in what Pub/Sub pushes: `{message: {data: <base64 JSON>, attributes: {id, traceparent}, messageId}}`, which is also the
 * `data` of the CloudEvent made of it. Null for anything else: such a message can never be handled, so it is to be
 * acknowledged and not sent again.
 * https://cloud.google.com/pubsub/docs/push#receive_push
 */
export function decodePush(body: unknown): Event | null {
  const message = field(body, 'message');
  const data = field(message, 'data');
  if (typeof data !== 'string') return null;
  const attributes = field(message, 'attributes');
  const id = field(attributes, 'id') ?? field(message, 'messageId');
  const trace = field(attributes, 'traceparent');
  try {
    const decoded: unknown = JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
    if (typeof decoded !== 'object' || decoded === null) return null;
    const event = { id: String(id ?? ''), data: decoded as Event['data'] };
    return typeof trace === 'string' ? { ...event, trace } : event;
  } catch {
    return null;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
