import { responseEvent } from '../../functions/router/operations/responses/event-schemas.ts';
import { responseReply } from '../../functions/router/operations/responses/reply-schemas.ts';
import type { CallReply, Mesh } from './start-mesh.ts';

type Fields = Record<string, unknown>;

/** What a client of the Responses API has of an answer. */
export interface Answered {
  status: number;
  headers: Headers;
  /** The last description of the response, or the body of a refusal. */
  response: Fields;
  /** Of a stream; each has been checked, and their order too. */
  events: Fields[];
  /** The items that a client acts on; none of a refusal. */
  items: Fields[];
  text: string;
}

/** Asks, and checks all that comes against what official SDKs know. */
export async function respond(mesh: Mesh, key: string, body: Fields): Promise<Answered> {
  const reply = await mesh.call('POST', '/v1/responses', {
    key,
    body,
    headers: { 'content-type': 'application/json' },
  });
  return readAnswer(reply);
}

export function readAnswer({ status, headers, text, body }: CallReply): Answered {
  if (status !== 200) return { status, headers, response: body, events: [], items: [], text: '' };
  if (body !== null) {
    const response = responseReply.parse(body) as Fields;
    const items = response.output as Fields[];
    return { status, headers, response, events: [], items, text: textOf(items) };
  }
  const events = readEvents(text);
  const items: Fields[] = [];
  for (const { type, output_index, item } of events) {
    if (type === 'response.output_item.done') items[output_index as number] = item as Fields;
  }
  const response = (events.at(-1) as { response: Fields }).response;
  checkOrder(events);
  return { status, headers, response, events, items, text: textOf(items) };
}

/** The text that a response says. */
function textOf(items: readonly Fields[]): string {
  return items
    .flatMap((item) => (item.type === 'message' ? (item.content as { text?: string }[]) : []))
    .map(({ text = '' }) => text)
    .join('');
}

function readEvents(text: string): Fields[] {
  return text
    .split('\n\n')
    .filter((frame) => frame.replaceAll(/^:.*$/gm, '').trim() !== '')
    .map((frame) => {
      const [, name, data] = /^(?::.*\n)*event: (.+)\ndata: (.+)$/.exec(frame) ?? [];
      if (name === undefined || data === undefined) throw new Error(`This is no event: ${frame}`);
      const event = responseEvent.parse(JSON.parse(data)) as Fields;
      if (event.type !== name) throw new Error(`${name} says it is ${event.type}`);
      return event;
    });
}

const ENDS = ['response.completed', 'response.incomplete', 'response.failed'];

/** Throws where something comes before its beginning, after its end, or is not what its pieces were. */
function checkOrder(events: readonly Fields[]): void {
  const fail = (why: string, event: Fields) => {
    throw new Error(`${why}: ${JSON.stringify(event)}`);
  };
  const open = new Map<unknown, Fields>();
  const done = new Set<unknown>();
  const texts = new Map<string, string>();
  for (const [at, event] of events.entries()) {
    const { type, sequence_number, output_index, item, item_id } = event as Fields & { type: string };
    if (sequence_number !== at) fail('a number is left out', event);
    if ((type === 'response.created') !== (at === 0)) fail('a response is created once, first', event);
    if (ENDS.includes(type) !== (at === events.length - 1)) fail('a response ends once, last', event);
    if (type === 'response.output_item.added') {
      if (open.has(output_index) || done.has(output_index)) fail('an item begins twice', event);
      open.set(output_index, item as Fields);
    } else if (type === 'response.output_item.done') {
      if (open.get(output_index)?.id !== (item as Fields).id) fail('an item ends that never began', event);
      open.delete(output_index);
      done.add(output_index);
    } else if (item_id !== undefined && open.get(output_index)?.id !== item_id) {
      fail('an event of an item that is not open', event);
    }
    const key = `${output_index}/${event.content_index}/${event.summary_index}/${type.replace(/\.\w+$/, '')}`;
    if (type.endsWith('.delta')) texts.set(key, `${texts.get(key) ?? ''}${event.delta}`);
    const whole = event.text ?? event.arguments ?? event.refusal ?? event.input;
    if (type.endsWith('.done') && whole !== undefined && whole !== (texts.get(key) ?? '')) {
      fail(`it is not what its pieces were (${texts.get(key)})`, event);
    }
  }
  const isFailed = events.at(-1)?.type === 'response.failed';
  if (open.size > 0 && !isFailed) fail('an item never ends', events.at(-1) ?? {});
}
