import { escapeHtml } from '../http/escape-html.ts';
import type { Page } from './pages.ts';

export type Link = Pick<Page, 'name' | 'title' | 'group'>;

export interface Frame {
  title: string;
  /** Says in search engines and previews what the page tells. */
  description: string;
  /** HTML */
  content: string;
  links: readonly Link[];
  /** The page that is shown; null for one that the navigation does not have. */
  current: string | null;
  /** More for the head: HTML */
  head?: string;
}

/** A whole document around some content. */
export function renderFrame({ title, description, content, links, current, head = '' }: Frame): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escapeHtml(description)}">
<title>${title === 'Mesh Router' ? title : `${escapeHtml(title)} · Mesh Router`}</title>
<link rel="stylesheet" href="/docs/style.css">
<link rel="icon" href="/docs/icon.svg" type="image/svg+xml">
<script src="/docs/search.js" defer></script>
<script src="/docs/copy-code.js" defer></script>
${head}</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header><div>
<a class="name" href="/docs"><img src="/docs/icon.svg" width="24" height="24" alt="">Mesh Router</a>
<search hidden><label for="search">Search</label>
<input id="search" type="search" placeholder="Search" autocomplete="off" spellcheck="false" aria-controls="found">
<kbd aria-hidden="true">/</kbd>
<ol id="found" hidden></ol><p id="found-status" role="status" hidden></p></search>
</div></header>
<div class="columns">
<nav aria-label="Pages" class="pages"><details><summary>Pages</summary><ul>
${groupsOf(links)
  .map(
    ([group, own]) =>
      `<li class="group"><p>${group}</p><ul>${own.map((link) => renderLink(link, current)).join('')}</ul></li>`,
  )
  .join('\n')}
</ul></details></nav>
<main id="content" tabindex="-1">
${content}
</main>
</div>
</body>
</html>
`;
}

/** Links under what they are read for, in their order. */
export function groupsOf<L extends Link>(links: readonly L[]): [string, L[]][] {
  return Object.entries(Object.groupBy(links, ({ group }) => group)).map(([group, own = []]) => [group, own]);
}

function renderLink({ name, title }: Link, current: string | null): string {
  const here = name === current ? ' aria-current="page"' : '';
  return `<li><a href="/docs/${name}"${here}>${escapeHtml(title)}</a></li>`;
}
