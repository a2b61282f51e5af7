import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

type Encoding = 'br' | 'gzip';

/** Something that is served to everybody as it is. */
export interface Asset {
  contentType: string;
  body: Buffer;
  etag: string;
  /** Its content security policy; null for what is no page. */
  csp: string | null;
  /** The same, packed: once, when it is first asked for. */
  packed(encoding: Encoding): Promise<Buffer>;
}

const packers: Readonly<Record<Encoding, (body: Buffer) => Promise<Buffer>>> = {
  gzip: promisify<Buffer, Buffer>(gzip),
  br: (body) =>
    promisify(brotliCompress)(body, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
};

export function toAsset(contentType: string, content: string | Buffer, csp: string | null = null): Asset {
  const body = Buffer.from(content);
  const known = new Map<Encoding, Promise<Buffer>>();
  return {
    contentType,
    body,
    csp,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    packed(encoding) {
      const found = known.get(encoding) ?? packers[encoding](body);
      known.set(encoding, found);
      return found;
    },
  };
}

/** The best packing that a client takes; null where it takes none. */
export function encodingFor(accepted: string | undefined): Encoding | null {
  const refused = /\b(br|gzip)\s*;\s*q=0(\.0*)?\s*(,|$)/.exec(accepted ?? '')?.[1];
  for (const encoding of ['br', 'gzip'] as const) {
    if (encoding !== refused && new RegExp(`\\b${encoding}\\b`).test(accepted ?? '')) return encoding;
  }
  return null;
}
