import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { CacheControl, FilePart, ImagePart, UserPart, VideoPart } from '../pivot/chat-request.ts';
import { type InlineData, parseDataUrl } from '../shared/data-url.ts';
import { invalid, unsupported } from '../shared/refusals.ts';
import { toCachePoint } from './to-cache-point.ts';
import { type NameDocument, toDocument } from './to-document.ts';
import type { CachePoint, ContentBlock, ImageFormat, VideoFormat } from './wire.ts';

const imageFormats: Readonly<Record<string, ImageFormat>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

const videoFormats: Readonly<Record<string, VideoFormat>> = {
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/x-matroska': 'mkv',
  'video/webm': 'webm',
  'video/x-flv': 'flv',
  'video/mpeg': 'mpeg',
  'video/x-ms-wmv': 'wmv',
  'video/3gpp': 'three_gp',
};

/** The parts of a user's message as blocks. `param` is the path of the message's content. */
export function toContent(
  content: string | readonly UserPart[],
  endpoint: Endpoint,
  nameDocument: NameDocument,
  param: string,
): ContentBlock[] {
  if (typeof content === 'string') return toText(content, null, endpoint);
  return withTextBesideDocuments(
    content.flatMap((part, index): ContentBlock[] => {
      const at = `${param}.${index}`;
      if (part.type === 'text') return toText(part.text, part.cache_control, endpoint);
      return [toBlock(part, nameDocument, at), ...toCachePoint(part.cache_control, endpoint)];
    }),
  );
}

/** The API refuses text without a visible character, so such a part is no part. */
export function toText(
  text: string,
  marker: CacheControl | null | undefined,
  endpoint: Endpoint,
): ({ text: string } | CachePoint)[] {
  return text.trim() === '' ? [] : [{ text }, ...toCachePoint(marker, endpoint)];
}

/** The API refuses a message that has documents and no text; the document's name says nothing that is not there already. */
function withTextBesideDocuments(blocks: ContentBlock[]): ContentBlock[] {
  const document = blocks.find((block) => block.document !== undefined)?.document;
  const hasText = blocks.some((block) => block.text !== undefined);
  return document === undefined || hasText ? blocks : [{ text: `${document.name}:` }, ...blocks];
}

function toBlock(part: Exclude<UserPart, { type: 'text' }>, nameDocument: NameDocument, param: string): ContentBlock {
  switch (part.type) {
    case 'image_url':
      return toImage(part, `${param}.image_url.url`);
    case 'file':
      return toFile(part, nameDocument, `${param}.file`);
    case 'video_url':
      return toVideo(part, `${param}.video_url.url`);
    case 'input_audio':
      throw unsupported(`${param}.input_audio`, 'This model does not take audio.');
  }
}

export function toImage(part: ImagePart, param: string): ContentBlock {
  return toImageBlock(toInlineData(part.image_url.url, param), param);
}

function toImageBlock({ mediaType, data }: InlineData, param: string): ContentBlock {
  const format = Object.hasOwn(imageFormats, mediaType) ? imageFormats[mediaType] : undefined;
  if (format === undefined) throw unsupported(param, 'This model takes PNG, JPEG, GIF and WebP images.');
  return { image: { format, source: { bytes: data } } };
}

function toVideo(part: VideoPart, param: string): ContentBlock {
  const { mediaType, data } = toInlineData(part.video_url.url, param);
  const format = Object.hasOwn(videoFormats, mediaType) ? videoFormats[mediaType] : undefined;
  if (format === undefined) throw unsupported(param, 'This model does not take video of this type.');
  return { video: { format, source: { bytes: data } } };
}

function toFile(part: FilePart, nameDocument: NameDocument, param: string): ContentBlock {
  const { file_data, file_id, filename } = part.file;
  if (file_data === undefined) {
    if (file_id === undefined) throw invalid(param, `${param} has neither file_data nor file_id.`);
    throw unsupported(`${param}.file_id`, 'This model cannot read files that are stored elsewhere; send file_data.');
  }
  const at = `${param}.file_data`;
  const inline = toInlineData(file_data, at);
  if (inline.mediaType.startsWith('image/')) return toImageBlock(inline, at);
  const document = toDocument(inline, nameDocument(filename));
  if (document === null) throw unsupported(at, 'This model takes PDF, Word, Excel, text and image files.');
  return document;
}

/** The API takes bytes alone, and the router never fetches a URL. */
function toInlineData(url: string, param: string): InlineData {
  const inline = parseDataUrl(url, param);
  if (inline !== null) return inline;
  if (!/^https?:\/\//i.test(url)) throw invalid(param, `${param} is neither a data URL nor an http(s) URL.`);
  throw unsupported(param, 'This model cannot fetch URLs; send the content as a data URL.');
}
