import { documentId } from '../core/document-id.ts';
import type { Document, Documents } from '../core/documents.ts';
import { ENTRIES, HOLDS, type Ledger, OUTBOX } from '../core/ledger.ts';
import type { Clock } from '../platform/clock.ts';
import type { Events } from '../platform/events/events.ts';
import type { Log } from '../platform/log.ts';

/** A charge whose consumers have not counted it after this long is told of again: its message was lost on the way. */
export const UNSENT_AGE_MS = 2 * 60_000;
/** Documents looked at in one sweep; the next one takes the rest. */
export const SWEEP_LIMIT = 500;

export interface SweepOptions {
  documents: Documents;
  ledger: Ledger;
  events: Events;
  clock: Clock;
  log: Log;
}

export interface SweepReport {
  /** Holds given back whose instance died: their owners pay nothing for what it took to its grave. */
  voided: number;
  /** Charges told of again. */
  republished: number;
  failed: number;
}

/**
 * Cleans up after instances that died: gives expired holds back and publishes charges again whose event was never
 * counted. Any number of sweeps may run at once, and beside running requests: each act is one that the ledger and the
 * consumers find done the second time.
 */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const report: SweepReport = { voided: 0, republished: 0, failed: 0 };
  await eachOf(options, report, await expiredHolds(options), async (hold) => {
    await options.ledger.void({ requestId: String(hold.data.request_id), ownerId: String(hold.data.owner_id) });
    report.voided++;
  });
  await eachOf(options, report, await unsentCharges(options), async (note) => {
    const requestId = String(note.data.request_id);
    // What has no entry was never charged, so there is nothing to tell.
    if ((await options.documents.get(ENTRIES, documentId(requestId))) === null) return;
    // Consumers read the entry, so its id is all that they need.
    await options.events.publish('usage', { id: requestId, data: { request_id: requestId } });
    report.republished++;
  });
  if (report.voided + report.republished + report.failed > 0) options.log.warn('swept', { ...report });
  return report;
}

function expiredHolds({ documents, clock }: SweepOptions): Promise<Document[]> {
  return documents.query({
    collection: HOLDS,
    where: [{ field: 'expires_at', op: '<', value: new Date(clock.now()) }],
    orderBy: { field: 'expires_at', direction: 'asc' },
    limit: SWEEP_LIMIT,
  });
}

/** One note for each charge, whichever of its consumers are behind. */
async function unsentCharges({ documents, clock }: SweepOptions): Promise<Document[]> {
  const notes = await documents.query({
    collection: OUTBOX,
    where: [{ field: 'created_at', op: '<', value: new Date(clock.now() - UNSENT_AGE_MS) }],
    orderBy: { field: 'created_at', direction: 'asc' },
    limit: SWEEP_LIMIT,
  });
  return [...new Map(notes.map((note) => [note.data.request_id, note])).values()];
}

/** One failure does not keep the rest from being swept; it is tried again by the next sweep. */
async function eachOf(
  { log }: SweepOptions,
  report: SweepReport,
  documents: readonly Document[],
  act: (document: Document) => Promise<void>,
): Promise<void> {
  for (const document of documents) {
    try {
      await act(document);
    } catch (error) {
      report.failed++;
      log.error('could not be swept', { request_id: String(document.data.request_id), error: (error as Error).name });
    }
  }
}
