import type { Page } from './pages.ts';
import { escapeHtml, type Heading, type Rendered } from './render-markdown.ts';

/** The API reference, which is a page of its own kind. */
export const REFERENCE = { name: 'reference', title: 'API reference' };

export type Link = Pick<Page, 'name' | 'title'>;

/** A whole document around some content. `current`: the page that is shown. */
export function renderFrame(title: string, content: string, links: readonly Link[], current: string | null): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Mesh Router</title>
<link rel="stylesheet" href="/docs/style.css">
<link rel="icon" href="data:,">
<script src="/docs/search.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header><a class="name" href="/docs">Mesh Router</a>
<search><label for="search">Search titles</label><input id="search" type="search" autocomplete="off" hidden>
<ol id="found" hidden></ol></search></header>
<div class="columns">
<nav aria-label="Pages"><details open><summary>Pages</summary><ul>
${links.map((link) => renderLink(link, current)).join('\n')}
</ul></details></nav>
<main id="content">
${content}
</main>
</div>
</body>
</html>
`;
}

function renderLink({ name, title }: Link, current: string | null): string {
  const here = name === current ? ' aria-current="page"' : '';
  return `<li><a href="/docs/${name}"${here}>${escapeHtml(title)}</a></li>`;
}

/** A page, with what is on it and where it goes on. */
export function renderPage(page: Page, { html, headings }: Rendered, links: readonly Link[]): string {
  const next = links[links.findIndex(({ name }) => name === page.name) + 1];
  const onward =
    next === undefined ? '' : `<p class="next">Next: <a href="/docs/${next.name}">${escapeHtml(next.title)}</a></p>`;
  const [heading = '', ...rest] = html.split('</h1>\n');
  const parts = headings.filter(({ depth }) => depth === 2);
  return renderFrame(
    page.title,
    `${heading}</h1>\n${renderContents(parts)}${rest.join('</h1>\n')}${onward}`,
    links,
    page.name,
  );
}

/** What is on a page, where that is worth a list. */
function renderContents(parts: readonly Heading[]): string {
  if (parts.length < 3) return '';
  const items = parts.map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`).join('');
  return `<details class="contents"><summary>On this page</summary><ul>${items}</ul></details>\n`;
}

/** The first page of all: every page with what it tells. */
export function renderIndex(pages: readonly Page[], links: readonly Link[]): string {
  const items = pages.map(
    ({ name, title, summary }) =>
      `<li><a href="/docs/${name}">${escapeHtml(title)}</a><p>${escapeHtml(plain(summary))}</p></li>`,
  );
  const reference = `<li><a href="/docs/${REFERENCE.name}">${REFERENCE.title}</a><p>Every path, with its schemas, made from <code>/openapi.json</code>.</p></li>`;
  const content = `<h1>Documents</h1>\n<ul class="index">\n${[...items, reference].join('\n')}\n</ul>`;
  return renderFrame('Documents', content, links, null);
}

/** `/openapi.json` in a renderer that only this page loads. */
export function renderReference(links: readonly Link[]): string {
  const content = `<h1>${REFERENCE.title}</h1>
<script type="module" src="/docs/rapidoc.js"></script>
<rapi-doc spec-url="/openapi.json" render-style="view" theme="light" show-header="false" allow-authentication="true"
 allow-server-selection="false" allow-try="true" load-fonts="false" regular-font="system-ui, sans-serif"
 mono-font="ui-monospace, monospace" schema-style="table" use-path-in-nav-bar="true"></rapi-doc>`;
  return renderFrame(REFERENCE.title, content, links, REFERENCE.name);
}

/** What a browser is shown that asks for `/`. */
export function renderHome(links: readonly Link[], hasConsole: boolean): string {
  const console = hasConsole ? '<li><a href="/console/">Console</a></li>' : '';
  const content = `<h1>Mesh Router</h1>
<p>One OpenAI-compatible endpoint in front of many model providers, with prepaid balances that cannot be overspent.</p>
<ul class="index"><li><a href="/docs/quickstart">Quickstart</a></li><li><a href="/docs">Documents</a></li>
<li><a href="/docs/reference">API reference</a></li>${console}<li><a href="/readyz">Health</a></li></ul>`;
  return renderFrame('Mesh Router', content, links, null);
}

/** A summary without its markup. */
export function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
}
