import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of the documents: `/docs/{name}`. */
export interface Page {
  name: string;
  title: string;
  /** The first sentence after the title. */
  summary: string;
  /** Markdown. */
  text: string;
}

/** Every page, in the order that the navigation has them in. */
export const pageNames = [
  'quickstart',
  'api',
  'money',
  'limits',
  'routing',
  'streaming',
  'errors',
  'translation',
  'providers',
  'configuration',
  'operate',
  'develop',
  'measured',
  'decisions',
  'glossary',
] as const;

/** Beside this file where the sources run, in a folder of its own beside a bundle. */
const folder = import.meta.dirname ?? join(__dirname, 'docs');

/** Reads a file that is served with the documents. */
export function readAsset(name: string): Buffer {
  return readFileSync(join(folder, 'assets', name));
}

export function readPages(): Page[] {
  return pageNames.map((name) => toPage(name, readFileSync(join(folder, `${name}.md`), 'utf8')));
}

/** A page begins with its title and a paragraph that says what it tells. */
export function toPage(name: string, text: string): Page {
  const [first = '', ...rest] = text.split('\n\n');
  const title = /^# (.+)$/.exec(first.trim())?.[1];
  const summary = rest[0]?.replaceAll('\n', ' ').trim();
  if (title === undefined || !summary) throw new Error(`${name}.md must begin with a title and a paragraph.`);
  return { name, title, summary, text };
}
