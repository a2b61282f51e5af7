import type { Fields } from '../../core/store/documents.ts';
import type { Ask } from './ask.ts';

/** What is kept of a request, whatever became of it: names, times and how it was routed, never content. */
export function requestFacts(ask: Ask, requestedModel: string, streamed: boolean): Fields {
  const { queueMs, holdMs, decision, metadata } = ask;
  return {
    label: ask.label ?? undefined,
    end_user: ask.endUser ?? undefined,
    session: ask.session ?? undefined,
    client: ask.client ?? undefined,
    surface: ask.operation,
    streamed,
    // As one text: its names are its caller's, and stores have names of their own.
    metadata: metadata === null ? undefined : JSON.stringify(metadata),
    requested_model: requestedModel,
    started_at: new Date(ask.arrivedAt),
    queue_ms: queueMs === null ? undefined : BigInt(Math.round(queueMs)),
    hold_ms: holdMs === null ? undefined : BigInt(Math.round(holdMs)),
    decision: decision?.brief(),
  };
}
