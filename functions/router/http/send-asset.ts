import { type Asset, encodingFor } from './asset.ts';
import { type Call, commonHeaders } from './call.ts';
import { hasCurrent } from './has-current.ts';
import { writeOut } from './write-out.ts';

/** Of pages that say nothing of anybody: looked at again each time, sent again only where they have changed. */
const LOOK_AGAIN = 'public, no-cache';

/** Answers a call with something that is the same for everybody: packed once, and not sent again to whoever has it. */
export async function sendAsset(call: Call, asset: Asset, cacheControl = LOOK_AGAIN): Promise<undefined> {
  const { req, res } = call;
  const { contentType, body, etag, csp } = asset;
  const common = {
    ...commonHeaders(call),
    'cache-control': cacheControl,
    vary: 'accept, accept-encoding',
    'x-content-type-options': 'nosniff',
    ...(csp === null ? {} : { 'content-security-policy': csp, 'referrer-policy': 'no-referrer' }),
  };
  if (hasCurrent(call, etag)) {
    res.writeHead(304, { ...common, etag }).end();
    return;
  }
  const encoding = encodingFor(String(req.headers['accept-encoding'] ?? ''));
  const bytes = encoding === null ? body : await asset.packed(encoding);
  res.writeHead(200, {
    ...common,
    'content-type': contentType,
    'content-length': String(bytes.length),
    // Packed it is not the same to the byte, only in what it says.
    ...(encoding === null ? { etag } : { etag: `W/${etag}`, 'content-encoding': encoding }),
  });
  writeOut(res, bytes);
}
