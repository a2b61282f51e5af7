import { z } from 'zod';

/** Groups that usage is added up by all the time. */
const addedUp = ['day', 'hour', 'model', 'provider', 'key'] as const;
/** Groups that only the requests themselves know: they are read one by one. `status` is the `outcome` of an event. */
const ofEntries = ['session', 'client', 'surface', 'status', 'end_user'] as const;

/** Names that usage may be split by at once. */
export const MAX_GROUPS = 10;
/** Of what a caller calls a tag of its requests. */
const MAX_TAG = 64;

const tag = z.templateLiteral(['metadata.', z.string().min(1).max(MAX_TAG)]);

export const group = z.union([z.enum([...addedUp, ...ofEntries]), tag]);
export type Group = z.output<typeof group>;
export type EntryGroup = Exclude<Group, (typeof addedUp)[number]>;

export function isEntryGroup(each: Group): each is EntryGroup {
  return !(addedUp as readonly string[]).includes(each);
}

/** Whether rows of it have a time of their own. */
export function isTime(each: Group): boolean {
  return each === 'day' || each === 'hour';
}
