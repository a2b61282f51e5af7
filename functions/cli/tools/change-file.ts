import { jsonText } from './json-text.ts';
import { lineText, WholeLine } from './line-text.ts';
import type { SettingsText } from './setting.ts';
import type { SettingsFile } from './tool.ts';
import { undoLines } from './undo-lines.ts';

/** What was done to one settings file, so that it can be undone to the byte. */
export interface FileReceipt {
  path: string;
  format: SettingsFile['format'];
  /** Null where there was no file. */
  before: string | null;
  /** Its permissions; null where there was no file. */
  mode: number | null;
  after: string;
  /** Parents of keys that were made for them, the inner ones first. */
  made: (readonly string[])[];
  /** `before` is left out where there was none. */
  keys: { path: readonly string[]; before?: unknown; after: unknown; isSecret: boolean }[];
}

/** The change of a file whose text is `before`, or that is not there. Throws an `Error` where it is not of its format. */
export function planChange(
  path: string,
  before: string | null,
  mode: number | null,
  { format, keys }: Pick<SettingsFile, 'format' | 'keys'>,
): FileReceipt {
  const { read, edit } = textOf(format);
  const text = before ?? '';
  const after = keys.reduce((so, setting) => edit(so, setting), text);
  const parents = new Map(
    keys.flatMap(({ path }) => parentsOf(path)).map((parent) => [JSON.stringify(parent), parent]),
  );
  const made = format === 'json' ? [...parents.values()].filter((parent) => read(text, parent) === undefined) : [];
  return {
    path,
    format,
    before,
    mode,
    after,
    made: made.sort((one, other) => other.length - one.length),
    keys: keys.map(({ path, isSecret = false }) => ({
      path,
      before: read(text, path),
      after: read(after, path),
      isSecret,
    })),
  };
}

export interface Undone {
  /** Null where the file goes. */
  text: string | null;
  /** Keys that the user has changed since: they stay as they are. */
  kept: (readonly string[])[];
}

/**
 * The text of a file without what a receipt says was put into it: by lines, so that all else stays to the byte, and key by key
 * where somebody has edited those lines. What the user has changed since stays.
 */
export function undoChange(now: string | null, receipt: FileReceipt): Undone {
  if (now === null) return { text: null, kept: [] };
  if (now === receipt.after) return { text: receipt.before, kept: [] };
  const { read, edit } = textOf(receipt.format);
  const isOurs = ({ path, after }: FileReceipt['keys'][number]) => isSame(read(now, path), after);
  const ours = receipt.keys.filter(isOurs);
  const kept = receipt.keys.filter((key) => !isOurs(key) && read(now, key.path) !== undefined);
  const whole = receipt.before === null ? null : undoLines(receipt.before, receipt.after, now);
  const isUndone = (text: string) => receipt.keys.every(({ path, before }) => isSame(read(text, path), before));
  if (whole !== null && kept.length === 0 && isUndone(whole)) return { text: whole, kept: [] };
  let text = ours.reduce((so, { path, before }) => edit(so, { path, value: toValue(receipt.format, before) }), now);
  for (const parent of receipt.made)
    if (isSame(read(text, parent), {})) text = edit(text, { path: parent, value: undefined });
  const isEmpty = text.trim() === '' || (receipt.format === 'json' && isSame(read(text, []), {}));
  return { text: receipt.before === null && isEmpty ? null : text, kept: kept.map(({ path }) => path) };
}

function textOf(format: SettingsFile['format']): SettingsText {
  return format === 'json' ? jsonText : lineText(format);
}

/** A line of a file of lines is put back as it was. */
function toValue(format: SettingsFile['format'], before: unknown): unknown {
  return format === 'json' || before === undefined ? before : new WholeLine(String(before));
}

function parentsOf(path: readonly string[]): string[][] {
  return path.slice(0, -1).map((_, at) => path.slice(0, at + 1));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
