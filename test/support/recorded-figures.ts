import { readFileSync, writeFileSync } from 'node:fs';

/** Figures of one situation by name. */
export type Figures = Readonly<Record<string, number>>;

interface Slack {
  /** Share of the record that a figure may be away from it. */
  share?: number;
  /** For those figures alone. */
  of?: Readonly<Record<string, number>>;
  /** Where how many come together is the machine's business: less than recorded says nothing. */
  mayFall?: boolean;
}

type Table = Record<string, Record<string, Figures>>;

/** The one table of what was recorded, by group and situation. */
const path = new URL('recorded-figures.json', import.meta.url);
const HOW = 'MESH_RECORD=on npm run jest -- --selectProjects=system --testPathPatterns "store-operations|allocations"';

/**
 * How figures differ from the record, in words; nothing where they do not. More is a fault, or needs a reason; less is good, and the
 * record is to be lowered, so that it cannot rise again unseen. With `MESH_RECORD=on` they become the record.
 */
export function differencesFromRecord(group: string, name: string, figures: Figures, slack: Slack = {}): string[] {
  const table = JSON.parse(readFileSync(path, 'utf8')) as Table;
  if (process.env.MESH_RECORD === 'on') {
    const all = { ...table, [group]: { ...table[group], [name]: figures } };
    writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`);
    return [];
  }
  return differences(table[group]?.[name], figures, slack);
}

/** The same against a record that is given. */
export function differences(recorded: Figures | undefined, figures: Figures, slack: Slack = {}): string[] {
  if (recorded === undefined) return [`Nothing is recorded. Record it: ${HOW}`];
  const { share = 0, of = {}, mayFall = false } = slack;
  return Object.entries(figures).flatMap(([what, value]) => {
    const before = recorded[what];
    if (before === undefined) return [`${what}: ${value} is not recorded. Record it: ${HOW}`];
    const room = before * (of[what] ?? share);
    if (value > before + room) return [`${what}: ${value}, recorded ${before}. It rose.`];
    if (value < before - room && !mayFall) return [`${what}: ${value}, recorded ${before}. Lower the record: ${HOW}`];
    return [];
  });
}
