import { Marked, type Tokens } from 'marked';

export interface Heading {
  id: string;
  text: string;
  depth: number;
}

export interface Rendered {
  html: string;
  headings: Heading[];
}

/** Markdown as HTML. HTML within it is shown, not taken over; headings can be linked to; wide tables scroll by themselves. */
export function renderMarkdown(text: string): Rendered {
  const headings: Heading[] = [];
  const seen = new Map<string, number>();
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth, text: source }: Tokens.Heading) {
        const plain = source.replace(/[`*]/g, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
        const id = uniqueId(plain, seen);
        headings.push({ id, text: plain, depth });
        const link = depth === 1 ? '' : `<a class="anchor" href="#${id}" aria-label="Link to this heading">#</a>`;
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}${link}</h${depth}>\n`;
      },
      html: ({ text: html }: Tokens.HTML | Tokens.Tag) => escapeHtml(html),
      link({ href, tokens }: Tokens.Link) {
        const outside = /^[a-z]+:/i.test(href);
        const rel = outside ? ' rel="external noopener"' : '';
        return `<a href="${escapeHtml(toPath(href))}"${rel}>${this.parser.parseInline(tokens)}</a>`;
      },
      table(token: Tokens.Table) {
        const cell = (row: Tokens.TableCell[], tag: 'th' | 'td') =>
          `<tr>${row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('')}</tr>`;
        const body = token.rows.map((row) => cell(row, 'td')).join('\n');
        const head = cell(token.header, 'th');
        return `<div class="table" tabindex="0"><table><thead>${head}</thead><tbody>${body}</tbody></table></div>\n`;
      },
    },
  });
  return { html: marked.parse(text, { async: false }), headings };
}

/** `money.md#holds` is `/docs/money#holds`. */
function toPath(href: string): string {
  return href.replace(/^(?:\.\/)?([\w-]+)\.md(#|$)/, '/docs/$1$2');
}

/** As GitHub makes them, so that links work in both places. */
function uniqueId(text: string, seen: Map<string, number>): string {
  const id = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
  const before = seen.get(id) ?? 0;
  seen.set(id, before + 1);
  return before === 0 ? id : `${id}-${before}`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
