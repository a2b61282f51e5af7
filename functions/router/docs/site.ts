import { type Asset, toAsset } from '../http/asset.ts';
import type { Page } from './pages.ts';
import { renderMarkdown } from './render-markdown.ts';
import { plain, REFERENCE, renderHome, renderIndex, renderPage, renderReference } from './render-page.ts';

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const MARKDOWN = 'text/markdown; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** Nothing is loaded from anywhere else, and no script stands in a page. */
const STRICT = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
/** The renderer of the reference sets styles on its elements. */
const WITH_STYLES = `${STRICT}; style-src 'self' 'unsafe-inline'`;

/** What is served of the documents: everything by its path, made once. */
export interface Site {
  find(path: string): Asset | null;
  /** What `/` shows a browser. */
  home: Asset;
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
  const titles = rendered.flatMap(({ page, rendered: { headings } }) =>
    headings.map(({ id, text, depth }) => ({
      href: depth === 1 ? `/docs/${page.name}` : `/docs/${page.name}#${id}`,
      title: text,
      page: page.title,
    })),
  );
  const assets = new Map<string, Asset>([
    ['/docs', toAsset(HTML, renderIndex(pages, links), STRICT)],
    [`/docs/${REFERENCE.name}`, toAsset(HTML, renderReference(links), WITH_STYLES)],
    ['/docs/style.css', toAsset(CSS, readAsset('style.css'))],
    ['/docs/search.js', toAsset(SCRIPT, readAsset('search.js'))],
    [
      '/docs/search.json',
      toAsset(
        JSON_TYPE,
        JSON.stringify([...titles, { href: '/docs/reference', title: REFERENCE.title, page: REFERENCE.title }]),
      ),
    ],
    ['/docs/rapidoc.js', toAsset(SCRIPT, readAsset('rapidoc.min.js'))],
    ['/llms.txt', toAsset(MARKDOWN, describeForModels(pages))],
  ]);
  for (const { page, rendered: content } of rendered) {
    assets.set(`/docs/${page.name}`, toAsset(HTML, renderPage(page, content, links), STRICT));
    assets.set(`/docs/${page.name}.md`, toAsset(MARKDOWN, page.text));
  }
  return {
    find: (path) => assets.get(path) ?? null,
    home: toAsset(HTML, renderHome(links, hasConsole), STRICT),
  };
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
