import type { Catalogue } from '../../catalogue/catalogue.ts';
import { ROLLUP_SHARDS } from '../../core/ledger/rollups.ts';
import { documentId } from '../../core/store/document-id.ts';
import { TURNS } from '../../core/store/take-turn.ts';
import { type AlertPorts, raiseAlert } from '../../platform/events/raise-alert.ts';
import { DAY_MS } from '../api/usage/range.ts';
import { rollupsOfShard } from '../api/usage/read-rollups.ts';

/** Days before a model retires at which those are told who use it. */
export const RETIRING_DAYS = [30, 7, 1] as const;
/** Who has used it within so many days uses it. */
export const USED_WITHIN_DAYS = 30;

/** A model that is about to retire, and how soon. */
interface Retiring {
  model: string;
  day: string;
  threshold: number;
}

/**
 * Raises `model_retiring` for each owner that uses a model which has come within 30, 7 or 1 days of its end: once for each of these,
 * whoever runs it how often. What was missed meanwhile is told by the last of them that has come. `now`: Unix milliseconds.
 */
export async function tellRetiring(ports: AlertPorts, catalogue: Catalogue, now: number): Promise<void> {
  const { documents } = ports;
  const due: Retiring[] = [];
  for (const one of retiring(catalogue, now)) {
    if ((await documents.get(TURNS, toldId(one))) === null) due.push(one);
  }
  if (due.length === 0) return;
  const users = await usersOf(ports, new Set(due.map(({ model }) => model)), now);
  for (const one of due) {
    for (const ownerId of users.get(one.model) ?? []) {
      await raiseAlert(ports, {
        kind: 'model_retiring',
        subject: [ownerId, one.model, one.day, one.threshold].join('|'),
        at: new Date(now),
        facts: { owner_id: ownerId, model: one.model, retires_at: one.day, days: BigInt(one.threshold) },
      });
    }
    // After all of it: whoever dies before leaves it to the next, and no alert is raised twice.
    const data = { at: new Date(now) };
    await documents.commit([{ kind: 'set', collection: TURNS, id: toldId(one), data, expect: 'any' }]);
  }
}

function retiring({ models }: Catalogue, now: number): Retiring[] {
  return [...models.values()].flatMap(({ id, retiresAt }) => {
    if (retiresAt === null) return [];
    const left = (Date.parse(retiresAt) - now) / DAY_MS;
    const threshold = RETIRING_DAYS.findLast((days) => left <= days);
    // Its day over, there is nothing to prepare for.
    return threshold === undefined || left <= -1 ? [] : [{ model: id, day: retiresAt, threshold }];
  });
}

/** Who has used each of some models of late. All of the usage is looked at, a page at a time: on few days of the year. */
async function usersOf({ documents }: AlertPorts, models: ReadonlySet<string>, now: number) {
  const range = { start: new Date(now - USED_WITHIN_DAYS * DAY_MS), end: new Date(now) };
  const users = new Map<string, Set<string>>();
  for (let shard = 0; shard < ROLLUP_SHARDS; shard++) {
    for await (const { model, ownerId } of rollupsOfShard(documents, shard, { grain: 'day', range })) {
      if (models.has(model)) users.set(model, (users.get(model) ?? new Set()).add(ownerId));
    }
  }
  return users;
}

function toldId({ model, day, threshold }: Retiring): string {
  return documentId(['retiring', model, day, threshold].join('|'));
}
