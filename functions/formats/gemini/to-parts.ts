import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { AudioPart, FilePart, ImagePart, UserPart, VideoPart } from '../pivot/chat-request.ts';
import { parseDataUrl } from '../shared/data-url.ts';
import { invalid, unsupported } from '../shared/refusals.ts';
import { mediaTypeOf } from './media-type-of.ts';
import type { Part } from './wire.ts';

/** The parts of a user's message. `param` is the path of the message's content. */
export function toParts(content: string | readonly UserPart[], endpoint: Endpoint, param: string): Part[] {
  if (typeof content === 'string') return toText(content);
  return content.flatMap((part, index) => toPart(part, endpoint, `${param}.${index}`));
}

/** Vertex refuses empty text, so such a part is no part. */
export function toText(text: string): Part[] {
  return text === '' ? [] : [{ text }];
}

function toPart(part: UserPart, endpoint: Endpoint, param: string): Part[] {
  switch (part.type) {
    case 'text':
      return toText(part.text);
    case 'image_url':
      return [toImage(part, endpoint, `${param}.image_url.url`)];
    case 'input_audio':
      return [toAudio(part, `${param}.input_audio.format`)];
    case 'file':
      return [toFile(part, endpoint, `${param}.file`)];
    case 'video_url':
      return [toVideo(part, endpoint, `${param}.video_url.url`)];
  }
}

export function toImage(part: ImagePart, endpoint: Endpoint, param: string): Part {
  const { url } = part.image_url;
  return toInlineData(url, param) ?? toFileData(url, endpoint, param);
}

function toAudio({ input_audio: { data, format } }: AudioPart, param: string): Part {
  const subtype = format.toLowerCase();
  if (!/^[a-z0-9][a-z0-9.+-]*$/.test(subtype)) throw invalid(param, `${param} is no audio format.`);
  return { inlineData: { mimeType: `audio/${subtype}`, data } };
}

function toFile(part: FilePart, endpoint: Endpoint, param: string): Part {
  const { file_data, file_id } = part.file;
  if (file_data !== undefined) {
    const at = `${param}.file_data`;
    return toInlineData(file_data, at) ?? toFileData(file_data, endpoint, at);
  }
  if (file_id === undefined) throw invalid(param, `${param} has neither file_data nor file_id.`);
  throw unsupported(`${param}.file_id`, 'This model cannot read files that are stored elsewhere; send file_data.');
}

function toVideo(part: VideoPart, endpoint: Endpoint, param: string): Part {
  const { url } = part.video_url;
  if (isYouTube(url)) return { fileData: { mimeType: 'video/mp4', fileUri: url } };
  return toInlineData(url, param) ?? toFileData(url, endpoint, param);
}

function toInlineData(url: string, param: string): Part | null {
  const inline = parseDataUrl(url, param);
  if (inline === null) return null;
  const mimeType = inline.mediaType === 'image/jpg' ? 'image/jpeg' : inline.mediaType;
  return { inlineData: { mimeType, data: inline.data } };
}

/**
 * What the upstream reads by itself. Vertex reads `gs://` with our own rights, so an endpoint with `image_url` must belong
 * to a project that has no bucket a caller may not read.
 */
function toFileData(url: string, endpoint: Endpoint, param: string): Part {
  if (!/^(https?|gs):\/\//i.test(url)) throw invalid(param, `${param} is neither a data URL nor an http(s) URL.`);
  if (!endpoint.capabilities.has('image_url')) {
    throw unsupported(param, 'This model cannot fetch URLs; send the content as a data URL.');
  }
  const mimeType = mediaTypeOf(url);
  if (mimeType === null) {
    throw unsupported(param, 'This model needs a URL whose path ends in the extension of a known media type.');
  }
  return { fileData: { mimeType, fileUri: url } };
}

const youTubeHosts = new Set(['youtube.com', 'www.youtube.com', 'm.youtube.com', 'youtu.be']);

/** Videos of YouTube are the one thing on the web that Gemini takes by URL everywhere. */
function isYouTube(url: string): boolean {
  return /^https?:\/\//i.test(url) && youTubeHosts.has(URL.parse(url)?.hostname ?? '');
}
