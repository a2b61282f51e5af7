import { ALERTS, toAlert } from '../core/alerts/alerts.ts';
import { CHANGES, RECALL } from '../core/changes.ts';
import { DELIVERIES } from '../core/channels/deliveries.ts';
import { END_USER_SPENDING } from '../core/end-users/end-user-spending.ts';
import { settleDue } from '../core/end-users/settle-due.ts';
import { closeLease } from '../core/leases/lease-return.ts';
import { EXPIRED, LEASE_SHARDS, LEASES } from '../core/leases/lease-store.ts';
import { CLAIMS } from '../core/ledger/claims.ts';
import { FAILED_REQUESTS } from '../core/ledger/failed-requests.ts';
import { isConsumer, OUTBOX } from '../core/ledger/outbox.ts';
import { REFUSALS } from '../core/ledger/refusals.ts';
import { MAX_CHARGES_PER_MESSAGE } from '../core/ledger/usage-event.ts';
import { BUILT_IN_RATE, RATES, toRate, USD_INR } from '../core/money/exchange-rates.ts';
import type { FxRate } from '../core/money/fx.ts';
import { SESSIONS } from '../core/sessions/shared-sessions.ts';
import type { Document, Documents, Filter, Write } from '../core/store/documents.ts';
import { errorFacts } from '../platform/error-facts.ts';
import type { Events } from '../platform/events/events.ts';
import { sendAlert } from '../platform/events/raise-alert.ts';
import type { Log } from '../platform/log.ts';
import { convertNote } from './convert-note.ts';
import { inMessages, republishLeases, republishNoted } from './republish.ts';
import { voidHolds } from './void-holds.ts';

/** An alert that was not sent after this long is sent again. */
export const UNSENT_ALERT_MS = 2 * 60_000;
/** What nobody needs any more is kept for so long. */
export const CLOSED_LEASE_LIFE_MS = 24 * 3_600_000;
export const RECALL_LIFE_MS = 3_600_000;
/** `sweeps/last`: when the last sweep was done, by the store's clock. */
export const SWEEPS = 'sweeps';
const LAST = 'last';
/**
 * A sweep that comes so long after the last one comes after an outage: of the store, or of sweeping. Leases that expired
 * meanwhile are left to their own instances until the next one: they had no chance to say that they are alive.
 */
export const AWAY_MS = 75_000;
/** Documents of one kind looked at in one sweep; the next one takes the rest. */
export const SWEEP_LIMIT = 512;

export interface SweepOptions {
  documents: Documents;
  events: Events;
  log: Log;
}

export interface SweepReport {
  /** Leases of instances that died, closed: what they had not spent went back. */
  leases_closed: number;
  /** Requests that died with them: their owners pay nothing for what was delivered. */
  holds_voided: number;
  /** Charges told of again. */
  charges_republished: number;
  alerts_sent: number;
  /** Documents that nobody needs any more: leases of before, recalls, idempotency keys, failed requests, counted refusals, sessions. */
  tidied: number;
  failed: number;
}

/**
 * Cleans up after instances that died: closes their leases, voids their holds, and publishes again what was never counted.
 * Any number of sweeps may run at once, and beside running requests: each act is one that is found done the second time, and
 * of a sweep and an instance that is late exactly one wins. Expiry is judged by the store's clock.
 */
export async function sweep({ documents, events, log }: SweepOptions): Promise<SweepReport> {
  const now = await documents.now();
  const fx = await readRate(documents, log);
  const report: SweepReport = {
    leases_closed: 0,
    holds_voided: 0,
    charges_republished: 0,
    alerts_sent: 0,
    tidied: 0,
    failed: 0,
  };
  /** One failure does not keep the rest from being swept; it is tried again by the next sweep. */
  const each = async <T>(things: readonly T[], act: (thing: T) => Promise<void>) => {
    for (const thing of things) {
      try {
        await act(thing);
      } catch (error) {
        report.failed++;
        log.error('something could not be swept', errorFacts(error));
      }
    }
  };

  const isPatient = await wasAway(documents, now);
  const expired = isPatient ? [] : await pastDue(documents, LEASES, 'expires_at', now, { status: 'open' });
  await each(expired, async ({ data }) => {
    const closed = await closeLease(documents, String(data.lease_id), { expiredAt: now }, fx);
    if (closed === null) return;
    report.leases_closed++;
    for (const alert of closed.alerts) await sendAlert({ documents, events, log }, alert);
  });

  // Also those that an instance closed because it needed the money.
  await each(await pastDue(documents, LEASES, 'expires_at', now, { status: EXPIRED }), async (lease) => {
    report.holds_voided += await voidHolds(documents, lease, now);
  });

  await each(await pastDue(documents, END_USER_SPENDING, 'due_at', now, {}), ({ id }) => settleDue(documents, id, now));

  const due = await pastDue(documents, OUTBOX, 'due_at', now, {});
  const notes = due.filter(isConsumer);
  await each(
    due.filter((note) => !isConsumer(note)),
    (note) => convertNote(documents, note),
  );
  await each(inMessages(notes), async (together) => {
    report.charges_republished += await republishNoted({ documents, events }, together, now);
  });
  const leases = await pastDue(documents, LEASES, 'due_at', now, { status: 'closed' });
  for (let from = 0; from < leases.length; from += MAX_CHARGES_PER_MESSAGE) {
    await each([leases.slice(from, from + MAX_CHARGES_PER_MESSAGE)], async (together) => {
      report.charges_republished += await republishLeases({ documents, events }, together, now);
    });
  }

  const unsent = await documents.query({
    collection: ALERTS,
    where: [{ field: 'sent', op: '==', value: false }],
    limit: SWEEP_LIMIT,
  });
  await each(unsent, async (document) => {
    const alert = toAlert(document);
    if (alert.at.getTime() >= now - UNSENT_ALERT_MS) return;
    await sendAlert({ documents, events, log }, alert);
    report.alerts_sent++;
  });

  const recalls: Filter[] = [
    { field: 'act', op: '==', value: RECALL },
    { field: 'at', op: '<', value: new Date(now - RECALL_LIFE_MS) },
  ];
  const useless: [string, Document[]][] = [
    [LEASES, await pastDue(documents, LEASES, 'closed_at', now - CLOSED_LEASE_LIFE_MS, { status: 'closed' })],
    [CLAIMS, await pastDue(documents, CLAIMS, 'expires_at', now, {})],
    [FAILED_REQUESTS, await pastDue(documents, FAILED_REQUESTS, 'expires_at', now, {})],
    [REFUSALS, await pastDue(documents, REFUSALS, 'expires_at', now, {})],
    [SESSIONS, await pastDue(documents, SESSIONS, 'expires_at', now, {})],
    [DELIVERIES, await pastDue(documents, DELIVERIES, 'expires_at', now, {})],
    [CHANGES, await documents.query({ collection: CHANGES, where: recalls, limit: SWEEP_LIMIT })],
  ];
  for (const [collection, found] of useless) {
    await each(found, async ({ id }) => {
      await documents.commit([{ kind: 'delete', collection, id, expect: 'any' }]);
      report.tidied++;
    });
  }

  const done: Write = { kind: 'set', collection: SWEEPS, id: LAST, data: { at: new Date(now) }, expect: 'any' };
  await documents.commit([done]);
  if (isPatient) log.warn('leases are left to their instances until the next sweep', { code: 'sweep_patient' });
  if (Object.values(report).some((count) => count > 0)) log.warn('swept', { ...report });
  return report;
}

/** For caps in dollars of owners who pay in rupees. A damaged rate keeps nobody's lease from being closed. */
async function readRate(documents: Documents, log: Log): Promise<FxRate> {
  const stored = await documents.get(RATES, USD_INR);
  try {
    return stored === null ? BUILT_IN_RATE : toRate(stored);
  } catch (error) {
    log.error('the stored exchange rate cannot be read', errorFacts(error));
    return BUILT_IN_RATE;
  }
}

/** Whether the last sweep is longer ago than it should be. The first of all has nothing to wait for. */
async function wasAway(documents: Documents, now: number): Promise<boolean> {
  const last = await documents.get(SWEEPS, LAST);
  return last?.data.at instanceof Date && now - last.data.at.getTime() > AWAY_MS;
}

/** Documents whose time has passed, the longest overdue first, from all parts of a collection. */
async function pastDue(
  documents: Documents,
  collection: string,
  field: string,
  before: number,
  fields: Readonly<Record<string, string>>,
): Promise<Document[]> {
  const shards = Array.from({ length: LEASE_SHARDS }, (_, shard) => BigInt(shard));
  const found = await Promise.all(
    shards.map((shard) =>
      documents.query({
        collection,
        where: [
          ...Object.entries(fields).map(([name, value]): Filter => ({ field: name, op: '==', value })),
          { field: 'shard', op: '==', value: shard },
          { field, op: '<', value: new Date(before) },
        ],
        orderBy: { field, direction: 'asc' },
        limit: SWEEP_LIMIT / LEASE_SHARDS,
      }),
    ),
  );
  return found.flat();
}
