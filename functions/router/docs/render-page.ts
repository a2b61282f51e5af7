import { escapeHtml } from '../http/escape-html.ts';
import type { Page } from './pages.ts';
import { groupsOf, type Link, renderFrame } from './render-frame.ts';
import type { Heading, Rendered } from './render-markdown.ts';

/** From here on a page has a list of its parts. */
const FEWEST_PARTS = 3;

const ABOUT =
  'One OpenAI-compatible endpoint in front of many model providers, with prepaid balances that cannot be overspent.';

/** The API reference, which is a page of its own kind. */
export const REFERENCE = {
  name: 'reference',
  title: 'API reference',
  group: 'Look up',
  summary: 'Every path, with its schemas, made from /openapi.json.',
} as const;

/** A page, with what is on it and where it goes on. */
export function renderPage(page: Page, { html, headings }: Rendered, links: readonly Link[]): string {
  const [heading = '', ...rest] = html.split('</h1>\n');
  const parts = headings.filter(({ depth }) => depth === 2);
  return renderFrame({
    title: page.title,
    description: plain(page.summary),
    content: `${heading}</h1>\n${renderParts(parts)}${rest.join('</h1>\n').replace(/^<p>/, '<p class="lead">')}${renderEnd(page, links)}`,
    links,
    current: page.name,
    head: `<link rel="alternate" type="text/markdown" href="/docs/${page.name}.md">\n`,
  });
}

/** What is on a page, where that is worth a list. */
function renderParts(parts: readonly Heading[]): string {
  if (parts.length < FEWEST_PARTS) return '';
  const items = parts.map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`).join('');
  return `<nav class="parts" aria-label="On this page"><details><summary>On this page</summary><ul>${items}</ul></details></nav>\n`;
}

/** Where one goes on from a page, and the page as programs read it. */
function renderEnd({ name }: Page, links: readonly Link[]): string {
  const at = links.findIndex((link) => link.name === name);
  const onward = ([rel, says, link]: readonly [string, string, Link | undefined]) =>
    link === undefined
      ? ''
      : `<a rel="${rel}" href="/docs/${link.name}"><small>${says}</small>${escapeHtml(link.title)}</a>`;
  const ways = [['prev', 'Before', links[at - 1]] as const, ['next', 'Next', links[at + 1]] as const];
  return `<footer><nav class="onward" aria-label="Before and next">${ways.map(onward).join('')}</nav>
<p class="aside"><a href="/docs/${name}.md">This page as Markdown</a></p></footer>`;
}

/** The first page of all: every page with what it tells. */
export function renderIndex(pages: readonly Page[], links: readonly Link[]): string {
  const groups = groupsOf([...pages, REFERENCE]).map(
    ([group, own]) => `<section><h2>${group}</h2>\n${renderCards(own.map(toCard))}</section>`,
  );
  const content = `<h1>Documents</h1>\n<p class="lead">${ABOUT}</p>\n${groups.join('\n')}
<p class="aside">For programs: <a href="/openapi.json">/openapi.json</a>, <a href="/llms.txt">/llms.txt</a>, and each page as
Markdown, such as <a href="/docs/quickstart.md">/docs/quickstart.md</a>.</p>`;
  return renderFrame({ title: 'Documents', description: ABOUT, content, links, current: null });
}

/** `/openapi.json` in a renderer that only this page loads. */
export function renderReference(links: readonly Link[]): string {
  const content = `<h1>${REFERENCE.title}</h1>
<p class="lead">Every path of <a href="/openapi.json">/openapi.json</a>. With a key you can try each of them here; it is sent to this
router only, and forgotten when you leave.</p>
<noscript><p>The reference needs JavaScript. <a href="/docs/api">API</a> lists every path without it.</p></noscript>
<rapi-doc spec-url="/openapi.json" render-style="view" show-header="false" show-info="false" allow-authentication="true"
 allow-server-selection="false" allow-try="true" load-fonts="false" regular-font="system-ui, sans-serif"
 mono-font="ui-monospace, monospace" schema-style="table" use-path-in-nav-bar="true"></rapi-doc>`;
  return renderFrame({
    title: REFERENCE.title,
    description: REFERENCE.summary,
    content,
    links,
    current: REFERENCE.name,
    head: `<script type="module" src="/docs/reference.js"></script>
<script type="module" src="/docs/rapidoc.js"></script>\n`,
  });
}

/** What a browser is shown that asks for `/`. */
export function renderHome(links: readonly Link[], hasConsole: boolean): string {
  const cards = [
    { href: '/docs/quickstart', title: 'Quickstart', summary: 'A first answer in a minute.' },
    { href: '/docs', title: 'Documents', summary: 'Money, limits, routing, streaming, and how it is run.' },
    { href: '/docs/reference', title: REFERENCE.title, summary: REFERENCE.summary },
    ...(hasConsole ? [{ href: '/console/', title: 'Console', summary: 'Keys, balances and usage.' }] : []),
    { href: '/readyz', title: 'Health', summary: 'Whether this router takes requests.' },
  ];
  const content = `<h1>Mesh Router</h1>\n<p class="lead">${ABOUT}</p>\n${renderCards(cards)}`;
  return renderFrame({ title: 'Mesh Router', description: ABOUT, content, links, current: null });
}

interface Card {
  href: string;
  title: string;
  summary: string;
}

function toCard({ name, title, summary }: Pick<Page, 'name' | 'title' | 'summary'>): Card {
  return { href: `/docs/${name}`, title, summary: plain(summary) };
}

function renderCards(cards: readonly Card[]): string {
  const items = cards.map(
    ({ href, title, summary }) => `<li><a href="${href}">${escapeHtml(title)}</a><p>${escapeHtml(summary)}</p></li>`,
  );
  return `<ul class="cards">\n${items.join('\n')}\n</ul>`;
}

/** A summary without its markup. */
export function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
}
