import { signedAmount, toEntry } from '../ledger/entries.ts';
import { placeOf, ROLLUPS, toRollup } from '../ledger/rollups.ts';
import type { Nanos } from '../money/money.ts';
import type { Document, Documents, Filter } from '../store/documents.ts';
import { everyDocument } from '../store/every-document.ts';

/**
 * An owner's charges of days whose lines may have gone in part. What is left of a day's lines is all of it only if no line went;
 * its rollup is all of it only if everything was counted. Neither is ever more than what was charged, so the larger one is.
 */
export class OldCharges {
  readonly #entries = new Map<string, Nanos>();
  readonly #before: number;

  /** `before`: the first day (UTC) of which all lines are there; Unix milliseconds. */
  constructor(before: number) {
    this.#before = before;
  }

  /** Takes a line if it is one of those; false where it is none. */
  take({ data }: Document): boolean {
    const { kind, createdAt, ...entry } = toEntry({ id: '', version: '', data });
    if ((kind !== 'charge' && kind !== 'overage') || createdAt.getTime() >= this.#before) return false;
    add(
      this.#entries,
      placeIn(String(data.key_id), createdAt.toISOString().slice(0, 10)),
      -signedAmount({ kind, ...entry }),
    );
    return true;
  }

  /** What was charged to each key. */
  async byKey(documents: Pick<Documents, 'query'>, ofOwner: Filter): Promise<Map<string, Nanos>> {
    const rollups = new Map<string, Nanos>();
    const end = placeOf('day', new Date(this.#before).toISOString().slice(0, 10));
    for await (const document of everyDocument(documents, ROLLUPS, 'place', ofOwner)) {
      if (String(document.data.place) >= end) break;
      const { keyId, period, amount } = toRollup(document);
      add(rollups, placeIn(keyId, period), amount);
    }
    const charged = new Map<string, Nanos>();
    for (const place of new Set([...this.#entries.keys(), ...rollups.keys()])) {
      const lines = this.#entries.get(place) ?? 0n;
      const counted = rollups.get(place) ?? 0n;
      add(charged, place.slice(DAY.length + 1), lines > counted ? lines : counted);
    }
    return charged;
  }
}

const DAY = '2026-11-28';

function placeIn(keyId: string, day: string): string {
  return `${day}|${keyId}`;
}

function add(sums: Map<string, Nanos>, name: string, amount: Nanos): void {
  sums.set(name, (sums.get(name) ?? 0n) + amount);
}
