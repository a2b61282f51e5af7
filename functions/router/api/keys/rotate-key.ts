import { MeshError } from '../../../core/errors.ts';
import { hashKey, KEY_BYTES, KEYS, makeKey, maskKey } from '../../../core/keys.ts';
import type { Fields } from '../../../core/store/documents.ts';
import { actOnce } from '../../access/change-document.ts';
import { findKey } from '../../access/find-key.ts';
import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { encodeKey, managerOf } from './keys.ts';
import { DEFAULT_GRACE_SECONDS, graceBody } from './rotation.ts';
import { refuseFreer } from './within-manager.ts';

/**
 * A new text for the same key, with all it is and has spent; those of before work until this grace is over at most. The key's document
 * stays where it was, since leases and caps know it by that: the new text has a document that names it.
 */
export async function rotateKey(call: Call, services: Services, keyId: string): Promise<Reply> {
  const { grace_seconds = DEFAULT_GRACE_SECONDS } = await parseBody(call, graceBody);
  const { id, data } = await findKey(call, services, keyId);
  const manager = await managerOf(call, services);
  const key = makeKey('rsk', services.random(KEY_BYTES));
  const hash = hashKey(key);
  const until = new Date(services.now() + grace_seconds * 1_000);
  const retired = await services.documents.query({
    collection: KEYS,
    where: [{ field: 'text_of', op: '==', value: id }],
  });
  const about = { owner_id: String(data.owner_id), key_id: keyId, key_hash: id };
  await actOnce(services, recordChange(call, services, 'key.rotate', about), async (tx) => {
    const found = await tx.get(KEYS, id);
    if (found === null) throw new MeshError('not_found', { message: 'There is no such key.' });
    if (manager !== null) refuseTextFor(manager, keyId, found.data);
    const current = String(found.data.text ?? id);
    const old = current === id ? found : await tx.get(KEYS, current);
    if (old === null) throw new TypeError('The text of a key is not there.');
    const older = await Promise.all(retired.filter((text) => text.id !== current).map((text) => tx.get(KEYS, text.id)));
    const rotated = { text: hash, masked: maskKey(key), previous_until: until };
    const expect = { version: found.version };
    if (current === id) {
      tx.write({ kind: 'update', collection: KEYS, id, data: { ...rotated, works_until: until }, expect });
    } else {
      const ends = { works_until: until };
      const first = isLater(found.data.works_until, until) ? ends : {};
      tx.write({ kind: 'update', collection: KEYS, id, data: { ...rotated, ...first }, expect });
      tx.write({ kind: 'update', collection: KEYS, id: old.id, data: ends, expect: { version: old.version } });
    }
    // Whoever gives no grace means every text of before.
    for (const text of older) {
      if (text === null || !isLater(text.data.works_until, until)) continue;
      const { id, version } = text;
      tx.write({ kind: 'update', collection: KEYS, id, data: { works_until: until }, expect: { version } });
    }
    tx.write({ kind: 'set', collection: KEYS, id: hash, data: { text_of: id }, expect: 'absent' });
  });
  return { status: 200, body: { ...encodeKey((await findKey(call, services, keyId)).data), key } };
}

/**
 * Throws `forbidden` where the key that manages may not have the text of a key: one that may do more, or its own where it came with a
 * text of before, which ends with its grace.
 */
function refuseTextFor(manager: Fields, keyId: string, key: Fields): void {
  if (manager.key_id !== keyId) refuseFreer(key, manager);
  const ends = manager.expires_at;
  if (!(ends instanceof Date) || (key.expires_at instanceof Date && key.expires_at <= ends)) return;
  throw new MeshError('forbidden', {
    message: 'This is the text of before a rotation. Rotate the key with its newest one.',
  });
}

function isLater(end: unknown, until: Date): boolean {
  return end instanceof Date && end > until;
}
