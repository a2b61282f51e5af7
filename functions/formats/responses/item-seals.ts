import { z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import { type ReasoningDetail, reasoningDetail } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseJson } from '../shared/parse-json.ts';
import type { Seal } from '../shared/seal.ts';
import type { Item, KnownItem, ReasoningInput } from './responses-request.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The longest id. What does not fit into one has an id that refers to nothing. */
export const MAX_ITEM_ID_BYTES = 32 * 1024;

/** Who "issued" items: they are nobody's but their owner's. */
const ITEMS = 'items';
const SEALED_ID = /^[a-z]{2,4}_sealed_(.+)$/s;
const SEALED_REASONING = /^mesh\.([a-z0-9-]+)\.(.+)$/s;

/** An id that carries items, to be given to the last or the only one of them; null where they do not fit into one. `kind`: `msg`, `rs` … */
export function sealId(items: readonly Fields[], kind: string, seal: Seal): string | null {
  const id = `${kind}_sealed_${seal.seal(JSON.stringify(items), ITEMS)}`;
  return id.length <= MAX_ITEM_ID_BYTES ? id : null;
}

/** What of its reasoning an issuer needs back, for its client to carry. */
export function sealReasoning(details: readonly ReasoningDetail[], seal: Seal): string | null {
  const issuer = details.find(({ format }) => format != null)?.format;
  if (issuer == null) return null;
  return `mesh.${issuer}.${seal.seal(JSON.stringify(details), issuer)}`;
}

const sealedDetails = z.array(reasoningDetail);

/**
 * The details that a reasoning item carries. None where it carries nothing of ours: what another service has sealed can be read by
 * nobody here. Throws `invalid_request_error` for what was sealed here and cannot be opened. `param`: the item's path.
 */
export function openReasoning({ encrypted_content }: ReasoningInput, param: string, seal: Seal): ReasoningDetail[] {
  const [, issuer, sealed] = SEALED_REASONING.exec(encrypted_content ?? '') ?? [];
  if (issuer === undefined || sealed === undefined) return [];
  const text = seal.open(sealed, issuer);
  if (text === null) {
    throw new MeshError('invalid_request_error', {
      param: `${param}.encrypted_content`,
      message: 'This reasoning was not sealed for this account, or has been changed. Leave the item out.',
    });
  }
  return sealedDetails.parse(parseJson(text));
}

/**
 * The items with each reference replaced by what it refers to. Throws `invalid_request_error` for one that refers to nothing that
 * can be known.
 */
export function resolveReferences(items: readonly Item[], seal: Seal): Item[] {
  if (!items.some(({ type }) => type === 'item_reference')) return [...items];
  const known = new Map<string, Fields>();
  const carriers = new Set<string>();
  for (const item of items) {
    const id = idOf(item);
    const [, sealed] = SEALED_ID.exec(id) ?? [];
    const text = sealed === undefined ? null : seal.open(sealed, ITEMS);
    if (text === null) continue;
    const carried = (parseJson(text) as unknown[]).filter(isRecord);
    // One that carries itself alone has no other name.
    for (const each of carried) known.set(typeof each.id === 'string' ? each.id : id, each);
    if (!known.has(id)) carriers.add(id);
  }
  return items.flatMap((item, at) => {
    const id = idOf(item);
    if (carriers.has(id)) return [];
    if (item.type !== 'item_reference') return [item];
    const found = known.get(id);
    if (found !== undefined) return [found as Item & KnownItem];
    throw new MeshError('invalid_request_error', {
      param: `input.${at}.id`,
      message:
        'This refers to an item that is not stored here and that its id does not carry. Send the items themselves, as clients do with `store: false`.',
    });
  });
}

function idOf(item: Item): string {
  return 'id' in item && typeof item.id === 'string' ? item.id : '';
}
