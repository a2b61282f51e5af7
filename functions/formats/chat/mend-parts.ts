import { isRecord } from '../shared/is-record.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Messages whose content has parts in the forms of other APIs, or in short ones, with these in the one form of chat: the Responses
 * API's, Anthropic's images, a URL alone, a text alone. What is none of these is left for the schema to name. It
 * stops after each message.
 */
export function* mendParts(messages: readonly unknown[]): Generator<void, unknown[]> {
  const mended: unknown[] = [];
  for (const message of messages) {
    mended.push(mendMessage(message));
    yield;
  }
  return mended;
}

function mendMessage(message: unknown): unknown {
  if (!isRecord(message)) return message;
  const { content } = message;
  if (Array.isArray(content)) return { ...message, content: content.map(mendPart) };
  if (isRecord(content) && typeof content.type === 'string') return { ...message, content: [mendPart(content)] };
  return content == null && message.role === 'tool' ? { ...message, content: '' } : message;
}

function mendPart(part: unknown): unknown {
  if (typeof part === 'string') return { type: 'text', text: part };
  if (!isRecord(part)) return part;
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: part.text, ...markerOf(part) };
    case 'input_image':
    case 'image_url':
      return mendImage(part);
    case 'image':
      return isRecord(part.source) ? fromAnthropic(part, part.source) : part;
    case 'video_url':
      return typeof part.video_url === 'string' ? { ...part, video_url: { url: part.video_url } } : part;
    case 'input_file': {
      const { type: _, ...file } = part;
      return { type: 'file', file };
    }
    default:
      return part;
  }
}

/** The Responses API has the URL and the detail beside each other, chat in an object. */
function mendImage({ detail, ...part }: Fields): Fields {
  const given = isRecord(part.image_url) ? part.image_url : { url: part.image_url };
  const said = given.detail ?? detail;
  // As much as there is, which the other models call high.
  const mended = said === 'original' ? 'high' : said;
  return { ...part, type: 'image_url', image_url: { ...given, ...(mended == null ? {} : { detail: mended }) } };
}

function fromAnthropic(part: Fields, { type, media_type, data, url }: Fields): Fields {
  if (type === 'url') return { type: 'image_url', image_url: { url }, ...markerOf(part) };
  if (type !== 'base64') return part;
  return { type: 'image_url', image_url: { url: `data:${media_type};base64,${data}` }, ...markerOf(part) };
}

function markerOf({ cache_control }: Fields): Fields {
  return cache_control === undefined ? {} : { cache_control };
}
