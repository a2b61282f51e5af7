import type { AdminScope } from '../../core/admin-scopes.ts';
import { MeshError } from '../../core/errors.ts';
import { type KeyKind, keyKind } from '../../core/keys.ts';
import type { Call } from '../http/call.ts';
import { type Admin, requireScope } from './admin.ts';
import type { AdminKeys } from './admin-keys.ts';
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
  call.actor = `key:${key.id}`;
  return key;
}

/** Whose usage a call may see: with an inference key its own owner's, with an admin key that may read usage anybody's (null). */
export async function authenticateReader(call: Call, services: Holders): Promise<Key | null> {
  if (!isAdminsCall(call)) return authenticate(call, services.keys);
  requireScope(await authenticateAdmin(call, services.admins), 'usage:read');
  return null;
}

/**
 * Who manages keys: an admin key with the scope, or an inference key that may do so, for its owner's. Throws `forbidden` for any
 * other key.
 */
export async function authenticateManager(call: Call, services: Holders, scope: AdminScope): Promise<void> {
  if (isAdminsCall(call)) {
    requireScope(await authenticateAdmin(call, services.admins), scope);
    return;
  }
  const key = await authenticate(call, services.keys);
  if (!key.manages) {
    throw new MeshError('forbidden', {
      message: 'This path takes an admin key (mak_…), or a key that may manage keys.',
    });
  }
  call.manager = key;
}

/** Whose keys are looked up where. */
export interface Holders {
  keys: KeyCache;
  admins: AdminKeys;
}

function isAdminsCall(call: Call): boolean {
  const given = String(call.req.headers.authorization ?? headerKey(call) ?? '');
  return /^(Bearer +)?mak_/i.test(given.trim());
}

/** Lets only the holder of an admin key pass. */
export async function authenticateAdmin(call: Call, admins: AdminKeys): Promise<Admin> {
  const admin = await admins.find(credential(call, 'mak'));
  if (admin === null) throw new MeshError('unauthorized', { message: 'There is no such admin key.' });
  call.known = true;
  call.actor = `admin:${admin.id}`;
  call.admin = admin;
  return admin;
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
