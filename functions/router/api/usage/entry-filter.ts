import { z } from 'zod';
import type { Document } from '../../../core/store/documents.ts';
import { toMetadata } from './encode-event.ts';

const MAX_NAME = 256;
const name = z.string().min(1).max(MAX_NAME).optional();

/** What only the entries of requests know, and no rollup: whoever asks for it has them read line by line. */
export const entryFilterFields = {
  outcome: name,
  error: name,
  finish_reason: name,
  streamed: z.boolean().optional(),
  surface: name,
  session: name,
  client: name,
  end_user: name,
  /** Pairs that the metadata of a request has, all of them. */
  metadata: z.record(z.string(), z.string()).optional(),
};
const entryFilters = z.object(entryFilterFields);
export type EntryFilters = z.output<typeof entryFilters>;

/** Whether an entry is wanted; null where nothing of it is asked for. */
export function toEntryFilter(body: EntryFilters): ((entry: Document) => boolean) | null {
  const { metadata = {}, ...fields } = entryFilters.parse(body);
  const equal = Object.entries(fields).filter(([, value]) => value !== undefined);
  const pairs = Object.entries(metadata);
  if (equal.length === 0 && pairs.length === 0) return null;
  return ({ data }) => {
    if (!equal.every(([field, value]) => data[field] === value)) return false;
    if (pairs.length === 0) return true;
    const kept = toMetadata(data.metadata) ?? {};
    return pairs.every(([field, value]) => Object.hasOwn(kept, field) && kept[field] === value);
  };
}
