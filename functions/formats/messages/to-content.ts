import type Anthropic from '@anthropic-ai/sdk';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { CacheControl, FilePart, ImagePart, UserPart } from '../pivot/chat-request.ts';
import { parseDataUrl } from '../shared/data-url.ts';
import { invalid, unsupported } from '../shared/refusals.ts';
import { toCacheControl } from './to-cache-control.ts';

type Block = Anthropic.ContentBlockParam;

const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;
type ImageType = (typeof imageTypes)[number];

/** The parts of a user's message as blocks. `param` is the path of the message's content. */
export function toContent(content: string | readonly UserPart[], endpoint: Endpoint, param: string): Block[] {
  if (typeof content === 'string') return toText(content);
  return content.flatMap((part, index) => toBlocks(part, endpoint, `${param}.${index}`));
}

/** The API refuses text without a visible character, so such a part is no part. */
export function toText(text: string, marker?: CacheControl | null): Anthropic.TextBlockParam[] {
  return text.trim() === '' ? [] : [{ type: 'text', text, ...toCacheControl(marker) }];
}

function toBlocks(part: UserPart, endpoint: Endpoint, param: string): Block[] {
  switch (part.type) {
    case 'text':
      return toText(part.text, part.cache_control);
    case 'image_url':
      return [toImage(part, endpoint, `${param}.image_url.url`)];
    case 'file':
      return [toFile(part, endpoint, `${param}.file`)];
    case 'input_audio':
      throw unsupported(`${param}.input_audio`, 'This model does not take audio.');
    case 'video_url':
      throw unsupported(`${param}.video_url`, 'This model does not take video.');
  }
}

export function toImage(part: ImagePart, endpoint: Endpoint, param: string): Anthropic.ImageBlockParam {
  const { url } = part.image_url;
  const inline = parseDataUrl(url, param);
  return {
    type: 'image',
    source: inline === null ? toUrlSource(url, endpoint, param) : toImageSource(inline, param),
    ...toCacheControl(part.cache_control),
  };
}

function toImageSource(inline: { mediaType: string; data: string }, param: string): Anthropic.Base64ImageSource {
  const named = inline.mediaType === 'image/jpg' ? 'image/jpeg' : inline.mediaType;
  if (!isImageType(named)) throw unsupported(param, 'This model takes JPEG, PNG, GIF and WebP images.');
  return { type: 'base64', media_type: named, data: inline.data };
}

function isImageType(mediaType: string): mediaType is ImageType {
  return (imageTypes as readonly string[]).includes(mediaType);
}

function toFile(part: FilePart, endpoint: Endpoint, param: string): Block {
  const { file_data, file_id, filename } = part.file;
  if (file_data === undefined) {
    if (file_id === undefined) throw invalid(param, `${param} has neither file_data nor file_id.`);
    throw unsupported(`${param}.file_id`, 'This model cannot read files that are stored elsewhere; send file_data.');
  }
  const at = `${param}.file_data`;
  const marker = toCacheControl(part.cache_control);
  const document = { type: 'document' as const, ...(filename ? { title: filename } : {}), ...marker };
  const inline = parseDataUrl(file_data, at);
  if (inline === null) return { ...document, source: toUrlSource(file_data, endpoint, at) };
  const { mediaType, data } = inline;
  if (mediaType === 'application/pdf') {
    return { ...document, source: { type: 'base64', media_type: 'application/pdf', data } };
  }
  if (mediaType.startsWith('text/')) {
    const text = Buffer.from(data, 'base64').toString('utf8');
    return { ...document, source: { type: 'text', media_type: 'text/plain', data: text } };
  }
  if (mediaType.startsWith('image/')) return { type: 'image', source: toImageSource(inline, at), ...marker };
  throw unsupported(at, 'This model takes PDF, text and image files.');
}

/** Claude on Vertex fetches nothing, neither images nor documents, and the router never does. */
function toUrlSource(url: string, endpoint: Endpoint, param: string): { type: 'url'; url: string } {
  if (!/^https?:\/\//i.test(url)) throw invalid(param, `${param} is neither a data URL nor an http(s) URL.`);
  if (!endpoint.capabilities.has('image_url')) {
    throw unsupported(param, 'This model cannot fetch URLs; send the content as a data URL.');
  }
  return { type: 'url', url };
}
