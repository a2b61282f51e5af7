import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of the documents: `/docs/{name}`. */
export interface Page {
  name: string;
  title: string;
  group: Group;
  /** The first sentence after the title. */
  summary: string;
  /** Markdown. */
  text: string;
}

/** Every page, in the order that the navigation has them in, under what they are read for. */
const groups = {
  Begin: ['quickstart', 'responses', 'messages', 'gemini', 'embeddings', 'api'],
  'How it works': ['money', 'limits', 'routing', 'streaming', 'errors', 'translation', 'providers', 'own-keys'],
  'Run it': ['cli', 'configuration', 'console', 'alerts', 'operate'],
  'Work on it': ['develop', 'clients', 'measured', 'decisions'],
  'Look up': ['glossary'],
} as const;

/** What a page is read for: a heading of the navigation. */
export type Group = keyof typeof groups;

export const pageNames: readonly string[] = Object.values(groups).flat();

/** Beside this file where the sources run, in a folder of its own beside a bundle. */
const folder = import.meta.dirname ?? join(__dirname, 'docs');

/** Reads a file that is served with the documents. */
export function readAsset(name: string): Buffer {
  return readFileSync(join(folder, 'assets', name));
}

export function readPages(): Page[] {
  return Object.entries(groups).flatMap(([group, names]) =>
    names.map((name) => toPage(name, readFileSync(join(folder, `${name}.md`), 'utf8'), group as Group)),
  );
}

/** A page begins with its title and a paragraph that says what it tells. */
export function toPage(name: string, text: string, group: Group): Page {
  const [first = '', ...rest] = text.split('\n\n');
  const title = /^# (.+)$/.exec(first.trim())?.[1];
  const summary = rest[0]?.replaceAll('\n', ' ').trim();
  if (title === undefined || !summary) throw new Error(`${name}.md must begin with a title and a paragraph.`);
  return { name, title, group, summary, text };
}
