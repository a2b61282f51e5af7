import type OpenAI from 'openai';
import { MeshError } from '../../core/errors.ts';
import type { FilePart, ImagePart, UserPart } from '../pivot/chat-request.ts';
import { parseDataUrl } from '../shared/data-url.ts';
import { unsupported } from '../shared/refusals.ts';

type Content = OpenAI.Responses.ResponseInputContent;

/** A part of a user's message. `param` is its path. */
export function toContent(part: UserPart, param: string): Content {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text };
    case 'image_url':
      return toImage(part);
    case 'file':
      return toFile(part, `${param}.file`);
    case 'input_audio':
      throw unsupported(`${param}.input_audio`, 'This model does not take audio.');
    case 'video_url':
      throw unsupported(`${param}.video_url`, 'This model does not take video.');
  }
}

export function toImage({ image_url: { url, detail } }: ImagePart): OpenAI.Responses.ResponseInputImage {
  return { type: 'input_image', image_url: url, detail: detail ?? 'auto' };
}

/** Contents go as data URLs with a name, which the API asks for; a URL goes as such, and the provider fetches it. */
function toFile({ file: { file_data, file_id, filename } }: FilePart, param: string): Content {
  if (file_id !== undefined) {
    // Such a file lies in the router's own account, where every caller could read every other's.
    throw unsupported(`${param}.file_id`, 'Files stored at a provider cannot be used; send file_data.');
  }
  if (file_data === undefined) {
    throw new MeshError('invalid_request_error', { param, message: `${param} has no file_data.` });
  }
  if (/^https?:\/\//i.test(file_data)) return { type: 'input_file', file_url: file_data };
  const inline = parseDataUrl(file_data, `${param}.file_data`);
  if (inline?.mediaType.startsWith('image/')) return { type: 'input_image', image_url: file_data, detail: 'auto' };
  const ending = inline?.mediaType.split('/')[1] ?? 'pdf';
  return { type: 'input_file', filename: filename ?? `file.${ending}`, file_data };
}
