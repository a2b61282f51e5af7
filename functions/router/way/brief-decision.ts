import type { Ranked } from '../../core/routing/ranked.ts';
import type { Needs } from '../../core/routing/selection.ts';
import { decimalUsd, heldBackBy, type ModelChoice, roundedScore } from './decision.ts';

/** The longest text that is kept of a decision. UTF-8 bytes. */
export const MAX_BRIEF_BYTES = 600;

/** How a request was routed, in few words, as its charge keeps it. */
export interface BriefDecision {
  profile: string;
  sort?: string;
  explored?: string;
  /** Where the session was, and what became of that. */
  session?: [endpoint: string, stay: string, cachedTokens: number];
  /** Endpoints in the order of trying, the first ones of `of`: score, expected dollars and milliseconds. */
  order: [endpoint: string, score: number | null, usd: string | null, ms: number | null][];
  /** The endpoints that were left out, and why, as far as there is room. */
  out: [endpoint: string, reason: string][];
  /** How many there were, in the order and left out. */
  of: [number, number];
}

/** JSON of a `BriefDecision`. What does not fit is left away from the end, what was left out first. */
export function briefDecision({ profile, preferences: { sort } }: Needs, choices: readonly ModelChoice[]): string {
  const rankings = choices.map(({ ranking }) => ranking);
  const explored = rankings.find((ranking) => ranking.explored !== null)?.explored ?? null;
  const session = rankings.find((ranking) => ranking.session !== null)?.session ?? null;
  const order = rankings.flatMap((ranking) => ranking.order);
  const out = choices.flatMap(outOf);
  const head = JSON.stringify({
    profile,
    ...(sort === null ? {} : { sort }),
    ...(explored === null ? {} : { explored }),
    ...(session === null ? {} : { session: [session.endpointId, session.stay, session.cachedTokens] }),
  } satisfies Omit<BriefDecision, 'order' | 'out' | 'of'>).slice(0, -1);
  const tail = `"of":[${order.length},${out.length}]}`;
  const room = MAX_BRIEF_BYTES - Buffer.byteLength(`${head},"order":[],"out":[],${tail}`);
  const tried = fitting(order, room, ranked);
  const left = fitting(out, tried.room, JSON.stringify);
  return `${head},"order":[${tried.json}],"out":[${left.json}],${tail}`;
}

/** The first of some as JSON, each with a comma, as long as there is room; below 0 nothing more fits. */
function fitting<T>(items: readonly T[], room: number, toJson: (item: T) => string) {
  let json = '';
  let left = room;
  for (const item of items) {
    const next = toJson(item);
    left -= Buffer.byteLength(next) + 1;
    if (left < 0) break;
    json += json === '' ? next : `,${next}`;
  }
  return { json, room: left };
}

function ranked({ candidate, score, cost, latencyMs }: Ranked): string {
  const { id } = candidate.endpoint;
  const line = [
    id,
    roundedScore(score),
    decimalUsd(cost),
    Math.round(latencyMs),
  ] satisfies BriefDecision['order'][number];
  return JSON.stringify(line);
}

function outOf({ ranking, selection }: ModelChoice): BriefDecision['out'] {
  return [
    ...ranking.heldBack.map(({ candidate, standing }): [string, string] => [
      candidate.endpoint.id,
      heldBackBy(standing),
    ]),
    ...selection.excluded.map(({ endpoint, reason }): [string, string] => [endpoint.id, reason]),
  ];
}
