import { Marked, Renderer, type Token, type Tokens } from 'marked';
import { escapeHtml } from '../http/escape-html.ts';

/** Something within a page that can be linked to. */
export interface Anchor {
  id: string;
  text: string;
}

export interface Heading extends Anchor {
  depth: number;
}

export interface Rendered {
  html: string;
  headings: Heading[];
  /** What rows of tables and items of lists define: codes, variables, routes, words. */
  terms: Anchor[];
}

/**
 * Markdown as HTML. HTML within it is shown, not taken over; headings, rows and items that define something can be linked
 * to; wide tables scroll by themselves.
 */
export function renderMarkdown(text: string): Rendered {
  const seen = new Map<string, number>();
  const headings = new Map<Token, Heading>();
  const terms: Anchor[] = [];
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading(token: Tokens.Heading) {
        const { depth, tokens } = token;
        const id = headings.get(token)?.id ?? '';
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
        const cells = (row: Tokens.TableCell[], tag: 'th' | 'td') =>
          row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('');
        const rows = token.rows.map((row) => `<tr${idOf(namesOfRow(row))}>${cells(row, 'td')}</tr>`);
        const head = `<tr>${cells(token.header, 'th')}</tr>`;
        return `<div class="table" tabindex="0" role="group" aria-label="Table"><table><thead>${head}</thead><tbody>${rows.join('\n')}</tbody></table></div>\n`;
      },
      listitem(item: Tokens.ListItem) {
        const html = Renderer.prototype.listitem.call(this, item);
        return html.replace(/^<li>/, `<li${idOf(namesOfItem(item))}>`);
      },
    },
  });

  /** The attribute of what defines some names; nothing where it defines none. */
  function idOf(names: readonly string[]): string {
    const [first] = names;
    if (first === undefined) return '';
    const id = uniqueId(first.replace(/[^\p{L}\p{N}_-]+/gu, ' ').trim(), seen);
    terms.push(...names.map((name) => ({ id, text: name })));
    return ` id="${id}"`;
  }

  const tokens = marked.lexer(text);
  // Headings are named first, so that a row with a heading's name does not take its id.
  marked.walkTokens(tokens, (token) => {
    if (token.type !== 'heading') return;
    const plain = (token as Tokens.Heading).text.replace(/[`*]/g, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    headings.set(token, { id: uniqueId(plain, seen), text: plain, depth: (token as Tokens.Heading).depth });
  });
  return { html: marked.parser(tokens), headings: [...headings.values()], terms };
}

/** A row that begins with nothing but code is about what that code names. */
function namesOfRow([first]: readonly Tokens.TableCell[]): string[] {
  const tokens = first?.tokens ?? [];
  const isList = tokens.every(({ type, raw }) => type === 'codespan' || (type === 'text' && /^[\s,]*$/.test(raw)));
  return isList ? tokens.flatMap((token) => (token.type === 'codespan' ? [(token as Tokens.Codespan).text] : [])) : [];
}

/** An item like `**Lease**: a block of money` says what a word means. */
function namesOfItem({ tokens: [block] }: Tokens.ListItem): string[] {
  const [name, rest] = (block as Tokens.Text | undefined)?.tokens ?? [];
  return name?.type === 'strong' && rest?.raw.startsWith(':')
    ? [(name as Tokens.Strong).text.replace(/[`*]/g, '')]
    : [];
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
