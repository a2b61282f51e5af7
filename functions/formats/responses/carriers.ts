import type { OwnerSeal } from '../shared/owner-seal.ts';
import { sealId } from './item-seals.ts';
import type { OutputItemFields } from './open-item.ts';

/**
 * Items whose ids carry the items of a stream. In a stream an item has its id before anybody knows what will be in it, so the id
 * refers to nothing; clients that send ids instead of items send these along, and there it is found. One carries all, or where
 * that is too much each carries one, as far as it fits.
 */
export function carriersOf(items: readonly OutputItemFields[], seal: OwnerSeal): OutputItemFields[] {
  if (items.length === 0) return [];
  const ofAll = sealId(items, 'rs', seal);
  const ids = ofAll === null ? items.map((item) => sealId([item], 'rs', seal)) : [ofAll];
  return ids.flatMap((id) => (id === null ? [] : [{ id, type: 'reasoning', summary: [], status: 'completed' }]));
}

const kinds: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
};

/** An id that carries the item it is of; null for what has none, or does not fit. */
export function carryingId({ id: _, ...item }: OutputItemFields, seal: OwnerSeal): string | null {
  const kind = kinds[item.type as string];
  return kind === undefined ? null : sealId([item], kind, seal);
}
