import type { Capability, FormatName } from '../core/endpoints/endpoint.ts';
import type { CapabilityEntry } from './catalogue-file.ts';

/**
 * What each format can always express and its providers commonly accept, so that files name only what sets models
 * apart. `image_url` counts only where the model has `vision`.
 */
const ofFormat: Readonly<Record<FormatName, readonly Capability[]>> = {
  chat: ['stop', 'penalties', 'seed', 'sampling', 'n', 'logprobs', 'json_mode', 'image_url'],
  responses: ['sampling', 'logprobs', 'json_mode', 'image_url'],
  messages: ['stop', 'sampling', 'json_mode', 'image_url', 'file'],
  gemini: ['stop', 'sampling', 'penalties', 'seed', 'json_mode'],
  converse: ['stop', 'sampling', 'json_mode'],
};

/** Formats that are asked for JSON by a tool. */
const byTool: ReadonlySet<FormatName> = new Set(['messages', 'converse']);

/** Lists laid over the format's own, one after the other; an entry with a leading `-` takes a capability away. */
export function resolveCapabilities(
  format: FormatName,
  lists: readonly (readonly CapabilityEntry[] | undefined)[],
): ReadonlySet<Capability> {
  const resolved = new Set<Capability>(ofFormat[format]);
  for (const entry of lists.flatMap((list) => list ?? [])) {
    if (entry.startsWith('-')) resolved.delete(entry.slice(1) as Capability);
    else resolved.add(entry as Capability);
  }
  if (!resolved.has('vision')) resolved.delete('image_url');
  if (byTool.has(format) && !resolved.has('tools')) resolved.delete('json_mode');
  return resolved;
}
