import { type Asset, toAsset } from '../http/asset.ts';
import type { Page } from './pages.ts';
import { type Rendered, renderMarkdown } from './render-markdown.ts';
import { plain, REFERENCE, renderHome, renderIndex, renderPage, renderReference } from './render-page.ts';

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const MARKDOWN = 'text/markdown; charset=utf-8';
const SVG = 'image/svg+xml';
const CSS = 'text/css; charset=utf-8';

/** Nothing is loaded from anywhere else, and no script stands in a page. */
const STRICT = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
/** The renderer of the reference sets styles on its elements, and has the arrows of its lists as data. */
const WITH_STYLES = `${STRICT}; style-src 'self' 'unsafe-inline'; img-src 'self' data:`;

/** The style sheet, in pieces that are served as one: what comes later is stronger. */
const styles = ['text', 'cards', 'pages', 'bar', 'reference'];

/** Files that are served under the name that they have: their types. */
const served = {
  'icon.svg': SVG,
  'search.js': SCRIPT,
  'copy-code.js': SCRIPT,
  'reference.js': SCRIPT,
};

/** What is served of the documents: everything by its path, made once. */
export interface Site {
  find(path: string): Asset | null;
  /** What `/` shows a browser. */
  home: Asset;
}

interface Entry {
  href: string;
  title: string;
  /** The title of the page that it is on. */
  page: string;
  kind: 'page' | 'part' | 'term';
}

export interface SiteOptions {
  pages: readonly Page[];
  readAsset(name: string): Buffer;
  /** Whether there is a console to link. */
  hasConsole: boolean;
}

export function createSite({ pages, readAsset, hasConsole }: SiteOptions): Site {
  const links = [...pages, REFERENCE];
  const rendered = pages.map((page) => ({ page, rendered: renderMarkdown(page.text) }));
  const assets = new Map<string, Asset>([
    ['/docs', toAsset(HTML, renderIndex(pages, links), STRICT)],
    [`/docs/${REFERENCE.name}`, toAsset(HTML, renderReference(links), WITH_STYLES)],
    ['/docs/style.css', toAsset(CSS, Buffer.concat(styles.map((name) => readAsset(`style/${name}.css`))))],
    ['/docs/search.json', toAsset(JSON_TYPE, JSON.stringify(indexOf(rendered)))],
    ['/docs/rapidoc.js', toAsset(SCRIPT, readAsset('rapidoc.min.js'))],
    ['/llms.txt', toAsset(MARKDOWN, describeForModels(pages))],
  ]);
  for (const [name, type] of Object.entries(served)) assets.set(`/docs/${name}`, toAsset(type, readAsset(name)));
  for (const { page, rendered: content } of rendered) {
    assets.set(`/docs/${page.name}`, toAsset(HTML, renderPage(page, content, links), STRICT));
    assets.set(`/docs/${page.name}.md`, toAsset(MARKDOWN, page.text));
  }
  return {
    find: (path) => assets.get(path) ?? null,
    home: toAsset(HTML, renderHome(links, hasConsole), STRICT),
  };
}

/** What the search knows: pages, their parts, and what their rows and items define. */
function indexOf(rendered: readonly { page: Page; rendered: Rendered }[]): Entry[] {
  const found = rendered.flatMap(({ page: { name, title: page }, rendered: { headings, terms } }) => [
    { href: `/docs/${name}`, title: page, page, kind: 'page' as const },
    ...headings
      .filter(({ depth }) => depth > 1)
      .map(({ id, text }) => ({ href: `/docs/${name}#${id}`, title: text, page, kind: 'part' as const })),
    ...terms.map(({ id, text }) => ({ href: `/docs/${name}#${id}`, title: text, page, kind: 'term' as const })),
  ]);
  const { name, title } = REFERENCE;
  return [...found, { href: `/docs/${name}`, title, page: title, kind: 'page' }];
}

/** https://llmstxt.org */
function describeForModels(pages: readonly Page[]): string {
  const lines = pages.map(({ name, title, summary }) => `- [${title}](/docs/${name}.md): ${plain(summary)}`);
  return `# Mesh Router

> One OpenAI-compatible endpoint in front of many model providers, with prepaid balances that cannot be overspent.

## Documents

${lines.join('\n')}
- [API reference](/openapi.json): every path as OpenAPI 3.1.
`;
}
