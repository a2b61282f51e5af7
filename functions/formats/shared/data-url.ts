import { MeshError } from '../../core/errors.ts';

/** A file carried in a `data:` URL. `data` is base64 without white space. */
export interface InlineData {
  mediaType: string;
  data: string;
}

/**
 * Reads `data:<media type>;base64,<data>`; null for any other URL, so that the caller can tell it from one that the
 * upstream has to fetch. Throws `invalid_request_error` for a data URL that is no base64.
 */
export function parseDataUrl(url: string, param: string): InlineData | null {
  if (!/^data:/i.test(url)) return null;
  const comma = url.indexOf(',');
  const head = url.slice('data:'.length, comma === -1 ? undefined : comma).split(';');
  const mediaType = (head[0] ?? '').toLowerCase();
  const data = url.slice(comma + 1).replace(/\s/g, '');
  if (
    comma === -1 ||
    head.at(-1)?.toLowerCase() !== 'base64' ||
    mediaType === '' ||
    !/^[A-Za-z0-9+/_-]+={0,2}$/.test(data)
  ) {
    throw new MeshError('invalid_request_error', {
      param,
      message: `${param} is not a base64 data URL with a media type.`,
    });
  }
  return { mediaType, data: data.replaceAll('-', '+').replaceAll('_', '/') };
}
