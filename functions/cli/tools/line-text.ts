import type { Setting, SettingsText } from './setting.ts';

interface Dialect {
  /** Between a name and its value. */
  separator: string;
  write(value: string): string;
}

const dialects = {
  // Strings of TOML and of YAML in quotes are as those of JSON.
  toml: { separator: ' = ', write: (value: string) => JSON.stringify(value) },
  yaml: { separator: ': ', write: (value: string) => JSON.stringify(value) },
  env: { separator: '=', write: (value: string) => value },
} as const satisfies Record<string, Dialect>;

/** Settings that stand on lines of their own: TOML, YAML and files of variables, as far as names and texts go. */
export function lineText(format: keyof typeof dialects): SettingsText {
  const dialect: Dialect = dialects[format];
  return {
    /** What stands on the line behind the name, as it is written. */
    read(text, path) {
      const lines = text.split('\n');
      const at = findLine(lines, path);
      return at === -1 ? undefined : lines[at];
    },
    edit: (text, setting) => edit(text, setting, dialect),
  };
}

/** Where a name has its line, in its section or before all of them; -1 where it has none. */
function findLine(lines: readonly string[], path: readonly string[]): number {
  const [start, end] = rangeOf(lines, sectionOf(path));
  const name = (path.at(-1) ?? '').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const isIts = new RegExp(`^\\s*(export\\s+)?["']?${name}["']?\\s*[:=]`);
  return lines.findIndex((line, at) => at >= start && at < end && isIts.test(line));
}

function sectionOf(path: readonly string[]): string | null {
  return path.length > 1 ? (path[0] ?? null) : null;
}

const isHeader = (line: string) => /^\s*\[/.test(line);

/** From the line after a section's header to the next header; empty where there is none. */
function rangeOf(lines: readonly string[], section: string | null): [start: number, end: number] {
  const header = section === null ? -1 : lines.findIndex((line) => line.trim() === `[${section}]`);
  if (section !== null && header === -1) return [0, 0];
  const next = lines.findIndex((line, at) => at > header && isHeader(line));
  return [header + 1, next === -1 ? lines.length : next];
}

/** A text as `read` gave it is put back as it was; any other is written in the file's own way. */
export class WholeLine {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function edit(text: string, { path, value }: Setting, { separator, write }: Dialect): string {
  const lines = text.split('\n');
  const at = findLine(lines, path);
  const section = sectionOf(path);
  if (value === undefined) return at === -1 ? text : take(lines, at, section).join('\n');
  const end = text.includes('\r\n') ? '\r' : '';
  const line = value instanceof WholeLine ? value.text : `${path.at(-1)}${separator}${write(String(value))}${end}`;
  if (at !== -1) lines[at] = line;
  else insert(lines, line, section, end);
  return lines.join('\n');
}

function insert(lines: string[], line: string, section: string | null, end: string): void {
  if (section === null) {
    // Nothing that stands behind a section would be outside of it; at the top nothing can be in the way.
    lines.splice(lines.some(isHeader) ? 0 : lastOf(lines), 0, line);
    return;
  }
  const [start] = rangeOf(lines, section);
  if (start === 0) lines.splice(lastOf(lines), 0, `[${section}]${end}`, line);
  else lines.splice(lastInSection(lines, section), 0, line);
}

/** Behind the last line; what follows the last line's end is none. */
function lastOf(lines: readonly string[]): number {
  return lines.at(-1) === '' ? lines.length - 1 : lines.length;
}

function lastInSection(lines: readonly string[], section: string): number {
  const [start, end] = rangeOf(lines, section);
  let last = end;
  while (last > start && (lines[last - 1] ?? '').trim() === '') last--;
  return last;
}

/** Without a line, and without its section's header where nothing is left below it. */
function take(lines: readonly string[], at: number, section: string | null): string[] {
  const left = lines.toSpliced(at, 1);
  const [start, end] = rangeOf(left, section);
  const isEmpty = left.slice(start, end).every((line) => line.trim() === '');
  return section !== null && start > 0 && isEmpty ? left.toSpliced(start - 1, 1) : left;
}
