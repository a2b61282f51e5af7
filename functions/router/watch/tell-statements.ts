import { OWNERS } from '../../core/ledger/owners.ts';
import { everyDocument } from '../../core/store/every-document.ts';
import { TURNS } from '../../core/store/take-turn.ts';
import { type AlertPorts, raiseAlert } from '../../platform/events/raise-alert.ts';
import { closedMonth } from '../api/statements/month.ts';

/** `turns/statements_told`: the last month whose statements everybody has been told of. */
const TOLD = 'statements_told';

/**
 * Raises `statement_ready` for each owner that was there in the last month that is closed: once, whoever runs it how often.
 * `now`: Unix milliseconds.
 */
export async function tellStatements(ports: AlertPorts, now: number): Promise<void> {
  const { documents } = ports;
  const { month, range } = closedMonth(now);
  const told = await documents.get(TURNS, TOLD);
  if (told?.data.month === month) return;
  for await (const { data } of everyDocument(documents, OWNERS, 'owner_id')) {
    // One whose document is damaged is as old as can be.
    if (data.created_at instanceof Date && data.created_at >= range.end) continue;
    const ownerId = String(data.owner_id);
    await raiseAlert(ports, {
      kind: 'statement_ready',
      subject: `${ownerId}|${month}`,
      at: new Date(now),
      facts: { owner_id: ownerId, month },
    });
  }
  const data = { month, at: new Date(now) };
  await documents.commit([{ kind: 'set', collection: TURNS, id: TOLD, data, expect: 'any' }]);
}
