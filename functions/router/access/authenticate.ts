import { timingSafeEqual } from 'node:crypto';
import { MeshError } from '../../core/errors.ts';
import { hashKey, type KeyKind, keyKind } from '../../core/keys.ts';
import type { Call } from '../http/call.ts';
import { type Admin, configuredAdmin } from './admin.ts';
import type { Key, KeyCache } from './key-cache.ts';

/**
 * The inference key of a call. Throws `unauthorized` for a key that is missing, malformed, mistyped or unknown, and
 * `forbidden` for one that is suspended or expired.
 */
export async function authenticate(call: Call, keys: KeyCache): Promise<Key> {
  const key = await keys.find(credential(call, 'rsk'), call.address);
  if (key === null) throw new MeshError('unauthorized', { message: 'There is no such API key.' });
  call.barredKey = key;
  if (!key.active) throw new MeshError('forbidden', { message: 'This API key is suspended.' });
  if (key.expiresAt !== null && key.expiresAt.getTime() <= call.arrivedAt) {
    throw new MeshError('forbidden', { message: 'This API key has expired.' });
  }
  call.barredKey = null;
  call.known = true;
  return key;
}

/** Whose usage a call may see: with an inference key its own owner's, with the admin key anybody's (null). */
export async function authenticateReader(
  call: Call,
  services: { keys: KeyCache; adminKeyHash: string },
): Promise<Key | null> {
  const given = String(call.req.headers.authorization ?? headerKey(call) ?? '');
  if (!/^(Bearer +)?mak_/i.test(given.trim())) return authenticate(call, services.keys);
  authenticateAdmin(call, services.adminKeyHash);
  return null;
}

/** Lets only the holder of the admin key pass, and says who that is. */
export function authenticateAdmin(call: Call, adminKeyHash: string): Admin {
  const given = Buffer.from(hashKey(credential(call, 'mak')));
  if (!timingSafeEqual(given, Buffer.from(adminKeyHash))) {
    throw new MeshError('unauthorized', { message: 'There is no such admin key.' });
  }
  call.known = true;
  return configuredAdmin;
}

/** The key that a call carries, checked as far as can be without asking anybody. Messages never quote it. */
function credential(call: Call, kind: KeyKind): string {
  const { authorization } = call.req.headers;
  const apiKey = authorization === undefined ? headerKey(call) : undefined;
  if (authorization === undefined && apiKey === undefined) {
    throw new MeshError('unauthorized', {
      message: 'Send the API key as `Authorization: Bearer rsk_…`, `x-api-key`, `x-goog-api-key` or `api-key`.',
    });
  }
  const bearer = authorization === undefined ? null : /^Bearer +(\S+)$/i.exec(authorization.trim());
  if (authorization !== undefined && bearer === null) {
    throw new MeshError('unauthorized', {
      message: 'The Authorization header must be `Bearer`, a space, and the API key.',
    });
  }
  const key = bearer?.[1] ?? String(apiKey);
  const found = keyKind(key);
  if (found === null) {
    throw new MeshError('unauthorized', { message: 'The API key is malformed: a character is missing or wrong.' });
  }
  if (found !== kind) {
    const wants = kind === 'mak' ? 'an admin key (mak_…)' : 'an inference key (rsk_…)';
    throw new MeshError(found === 'mak' ? 'unauthorized' : 'forbidden', { message: `This path takes ${wants}.` });
  }
  return key;
}

/** The key that comes in a header of its own, as clients of Anthropic's and Google's send it, and those that were made for Azure. */
function headerKey(call: Call): string | undefined {
  const { headers } = call.req;
  const given = headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['api-key'];
  return typeof given === 'string' ? given : queryKey(call);
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/**
 * `?key=`, as Google's first clients send it. What stands in an address is written down by every proxy on its way, so it is heeded
 * only where there is none: between two programs of one machine.
 */
function queryKey({ surface, query, req: { headers, socket } }: Call): string | undefined {
  const isNear = LOOPBACK.test(socket.remoteAddress ?? '') && headers['x-forwarded-for'] === undefined;
  return surface.name === 'google' && isNear ? (query.get('key') ?? undefined) : undefined;
}
