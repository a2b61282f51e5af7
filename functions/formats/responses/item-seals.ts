import { z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import { type ReasoningDetail, reasoningDetail } from '../pivot/chat-request.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { parseJson } from '../shared/parse-json.ts';
import { type Item, inputItem, type ReasoningInput } from './responses-request.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The longest id. What does not fit into one has an id that refers to nothing. */
export const MAX_ITEM_ID_BYTES = 32 * 1024;

/** Who can read items: nobody but us. */
const ITEMS = 'items';
const SEALED_ID = /^[a-z]{2,4}_(s1_.+)$/s;
/** How everything begins that was sealed here; what a provider has sealed begins otherwise. */
const SEALED = /^s1_/;

/** An id that carries items, to be given to the last or the only one of them; null where they do not fit into one. `kind`: `msg`, `rs` … */
export function sealId(items: readonly Fields[], kind: string, seal: OwnerSeal): string | null {
  const token = seal.seal('item', ITEMS, JSON.stringify(items));
  const id = token === null ? null : `${kind}_${token}`;
  return id === null || id.length > MAX_ITEM_ID_BYTES ? null : id;
}

/** What of its reasoning an issuer needs back, for its client to carry; null where that is nothing, or too much. */
export function sealReasoning(details: readonly ReasoningDetail[], seal: OwnerSeal): string | null {
  const issuer = details.find(({ format }) => format != null)?.format;
  return issuer == null ? null : seal.seal('reasoning', issuer, JSON.stringify(details));
}

const sealedDetails = z.array(reasoningDetail);

/**
 * The details that a reasoning item carries. None where it carries nothing of ours: what another service has sealed can be read by
 * nobody here. Throws `invalid_request_error` for what was sealed here and cannot be opened. `param`: the item's path.
 */
export function openReasoning(
  { encrypted_content }: ReasoningInput,
  param: string,
  seal: OwnerSeal,
): ReasoningDetail[] {
  if (encrypted_content == null || !SEALED.test(encrypted_content)) return [];
  const opened = seal.open('reasoning', encrypted_content);
  // What `/v1/messages` has sealed is of another form.
  const details = opened === null ? null : (sealedDetails.safeParse(parseJson(opened.text)).data ?? null);
  if (details === null) {
    throw new MeshError('invalid_request_error', {
      param: `${param}.encrypted_content`,
      message: 'This reasoning was not sealed for this account, or has been changed. Leave the item out.',
    });
  }
  return details;
}

/**
 * The items with each reference replaced by what it refers to, and reasoning that came back without what its issuer needs together
 * with that, where an id carries it. Throws `invalid_request_error` for a reference to nothing that can be known.
 */
export function* resolveReferences(items: readonly Item[], seal: OwnerSeal): Generator<void, Item[]> {
  if (!items.some(isIncomplete)) return [...items];
  const { known, carriers } = yield* readIds(items, seal);
  const referred = new Set<string>();
  return items.flatMap((item, at) => {
    const id = idOf(item);
    if (carriers.has(id)) return [];
    if (!isIncomplete(item)) return [item];
    const found = known.get(id);
    if (item.type === 'item_reference') {
      // Some clients have an item in several parts, and refer to it with each.
      if (referred.has(id)) return [];
      referred.add(id);
      return [found ?? refuse(`input.${at}.id`)];
    }
    return [found?.type === 'reasoning' ? { ...item, encrypted_content: found.encrypted_content } : item];
  });
}

/** Whether some of an item, or all, is to be found elsewhere. */
function isIncomplete(item: Item): boolean {
  return item.type === 'item_reference' || (item.type === 'reasoning' && item.encrypted_content == null);
}

/** What the ids carry, by the ids of what they carry; and the ids of items that are there for that alone. */
function* readIds(items: readonly Item[], seal: OwnerSeal) {
  const known = new Map<string, Item>();
  const carriers = new Set<string>();
  for (const id of new Set(items.map(idOf))) {
    const [, sealed] = SEALED_ID.exec(id) ?? [];
    const opened = sealed === undefined ? null : seal.open('item', sealed);
    if (opened === null) continue;
    for (const each of parseJson(opened.text) as unknown[]) {
      // As an upstream wrote it, which may be no item at all.
      const { success, data } = inputItem.safeParse(each);
      // One that carries itself alone has no other name.
      if (success) known.set(idOf(data) || id, data);
    }
    if (!known.has(id)) carriers.add(id);
    yield;
  }
  return { known, carriers };
}

function refuse(param: string): never {
  throw new MeshError('invalid_request_error', {
    param,
    message:
      'This refers to an item that is not stored here and that its id does not carry. Send the items themselves, as clients do ' +
      'with `store: false`.',
  });
}

function idOf(item: Item): string {
  return 'id' in item && typeof item.id === 'string' ? item.id : '';
}
