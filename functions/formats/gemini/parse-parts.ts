import type { UserPart } from '../pivot/chat-request.ts';
import type { Unsaid } from '../shared/unsaid.ts';
import { refuseFiles, refuseStored } from './costly-fields.ts';
import { type GivenPart, partFields } from './generate-request.ts';

/** A part that a user says; none for one that no other format has. `param` is its path. */
export function parsePart(part: GivenPart, param: string, unsaid: Unsaid): UserPart[] {
  const media = part.text == null ? mediaOf(part, param) : [];
  if (part.text == null && media.length === 0) {
    refuseFiles(part, param);
    unsaid.part(part, param);
    return [];
  }
  unsaid.beyond(part, partFields);
  return part.text ? [{ type: 'text', text: part.text }] : media;
}

/** What a tool gave: the text of it, and its media. */
export function parseResult(
  { response, parts }: NonNullable<GivenPart['functionResponse']>,
  param: string,
): UserPart[] {
  return [
    { type: 'text', text: textOfResult(response ?? {}) },
    ...(parts ?? []).flatMap((part, at) => mediaOf(part, `${param}.parts.${at}`)),
  ];
}

function mediaOf({ inlineData, fileData }: Pick<GivenPart, 'inlineData' | 'fileData'>, param: string): UserPart[] {
  refuseStored(fileData?.fileUri, `${param}.fileData.fileUri`);
  return [
    ...(inlineData == null
      ? []
      : [ofMedia(inlineData.mimeType, `data:${inlineData.mimeType};base64,${inlineData.data}`)]),
    ...(fileData == null ? [] : [ofMedia(mediaTypeOf(fileData), fileData.fileUri)]),
  ];
}

const VIDEO_HOST = /^https?:\/\/((www|m)\.)?(youtube\.com|youtu\.be)\//i;

/** What is named by its address alone is a picture, unless it is a video of the one host that Gemini names no type for. */
function mediaTypeOf({ mimeType, fileUri }: NonNullable<GivenPart['fileData']>): string {
  return mimeType || (VIDEO_HOST.test(fileUri) ? 'video/*' : 'image/*');
}

function ofMedia(mimeType: string, url: string): UserPart {
  const [kind, subtype = ''] = mimeType.toLowerCase().split('/');
  if (kind === 'image') return { type: 'image_url', image_url: { url } };
  if (kind === 'video') return { type: 'video_url', video_url: { url } };
  const data = /^data:[^,]*,(.*)$/s.exec(url)?.[1];
  if (kind === 'audio' && data !== undefined) return { type: 'input_audio', input_audio: { data, format: subtype } };
  return { type: 'file', file: { file_data: url } };
}

/** Fields in which a text alone is the whole result, as Google's own documents have it. */
const plain = ['output', 'result', 'content'];

function textOfResult(response: Readonly<Record<string, unknown>>): string {
  const [first, ...others] = Object.entries(response);
  if (first === undefined) return '';
  const [field, value] = first;
  if (others.length > 0 || typeof value !== 'string') return JSON.stringify(response);
  if (plain.includes(field)) return value;
  return field === 'error' ? `Error: ${value}` : JSON.stringify(response);
}
