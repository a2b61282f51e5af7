import { describe, expect, test } from '@jest/globals';
import { readAsset, toPage } from './pages.ts';
import { renderMarkdown } from './render-markdown.ts';
import { createSite } from './site.ts';

const pages = [
  toPage(
    'money',
    '# Money\n\nWhat is *held*, in [Limits](limits.md#caps).\n\n## Holds\n\nText.\n\n## Holds\n\nMore.\n\n## End\n\nLast.',
    'How it works',
  ),
  toPage(
    'limits',
    '# Limits\n\nWhat may be spent.\n\n## Caps\n\n| a | b |\n|---|---|\n| 1 | <b>2</b> |\n',
    'How it works',
  ),
];
const site = createSite({ pages, readAsset: (name) => Buffer.from(`asset ${name}`), hasConsole: false });
const text = (path: string) => site.find(path)?.body.toString() ?? '';

describe('markdown', () => {
  test('cannot bring HTML of its own', () => {
    const { html } = renderMarkdown(
      '# T\n\n<script>alert(1)</script> and <b>bold</b> and `<i>`\n\n<div onclick="x">y</div>\n',
    );
    expect(html).not.toMatch(/<(script|b|i|div)\b/);
    expect(html).toContain('&lt;script&gt;');
  });
  test('links between pages are paths, others are marked', () => {
    const { html } = renderMarkdown('[a](money.md) [b](./money.md#x) [c](https://example.com/a.md) [d](#here)');
    expect(
      [...html.matchAll(/<a href="([^"]+)"( rel="external noopener")?/g)].map(([, href, rel]) => [
        href,
        rel !== undefined,
      ]),
    ).toEqual([
      ['/docs/money', false],
      ['/docs/money#x', false],
      ['https://example.com/a.md', true],
      ['#here', false],
    ]);
  });
  test('each heading has an id of its own', () => {
    expect(renderMarkdown('## A b!\n\n## A `b`\n\n### ñ_1').headings.map(({ id }) => id)).toEqual([
      'a-b',
      'a-b-1',
      'ñ_1',
    ]);
  });
});

describe('what a page defines', () => {
  const termsOf = (text: string) => renderMarkdown(text).terms;

  test('is what rows begin with, each with a link to its row', () => {
    const table = '| a | b |\n|---|---|\n| `GET /v1/keys/{id}` | x |\n| `A_B`, `C` | y |\n| of `D` | z |\n';
    expect(termsOf(table)).toEqual([
      { id: 'get-v1-keys-id', text: 'GET /v1/keys/{id}' },
      { id: 'a_b', text: 'A_B' },
      { id: 'a_b', text: 'C' },
    ]);
    const { html } = renderMarkdown(table);
    expect([...html.matchAll(/<tr id="([^"]+)">/g)].map(([, id]) => id)).toEqual(['get-v1-keys-id', 'a_b']);
  });
  test('is what items explain', () => {
    expect(termsOf('- **Lease**: a block\n- **not** this\n- nor this')).toEqual([{ id: 'lease', text: 'Lease' }]);
    expect(renderMarkdown('- **Lease**: a block').html).toContain(
      '<li id="lease"><strong>Lease</strong>: a block</li>',
    );
  });
  test('takes no id from a heading, even from one that follows', () => {
    const { headings, terms } = renderMarkdown('| a |\n|---|\n| `lease` |\n\n- **Lease**: x\n\n## Lease\n');
    expect(headings.map(({ id }) => id)).toEqual(['lease']);
    expect(terms.map(({ id }) => id)).toEqual(['lease-1', 'lease-2']);
  });
});

describe('the colours', () => {
  const style = readAsset('style/text.css').toString();
  const [, light = '', dark = ''] = style.split(':root {').map((block) => block.split('}')[0] ?? '');
  const colour = (block: string, name: string) => new RegExp(`--${name}: #(\\w{6});`).exec(block)?.[1] ?? '';

  // https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
  function luminance(hex: string): number {
    const [red = 0, green = 0, blue = 0] = [0, 2, 4]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  test.each([
    ['light', light],
    ['dark', dark],
  ])('can be read: %s', (_name, block) => {
    for (const text of ['text', 'dim', 'link']) {
      for (const ground of ['page', 'soft']) {
        const [low = 0, high = 0] = [text, ground].map((name) => luminance(colour(block, name))).sort((a, b) => a - b);
        expect([text, ground, (high + 0.05) / (low + 0.05) >= 4.5]).toEqual([text, ground, true]);
      }
    }
  });
});

describe('the site', () => {
  test('has every page, as HTML and as Markdown, linked from every other', () => {
    expect(text('/docs/money.md')).toBe(pages[0]?.text);
    for (const path of ['/docs', '/docs/money', '/docs/limits', '/docs/reference']) {
      expect(text(path)).toContain('href="/docs/money"');
      expect(text(path)).toContain('href="/docs/limits"');
    }
    expect(text('/docs/money')).toContain('<li><a href="/docs/money" aria-current="page">Money</a></li>');
    expect(text('/docs/limits')).toContain('<div class="table" tabindex="0" role="group" aria-label="Table"><table>');
    expect(site.find('/docs/nothing')).toBeNull();
  });
  test('finds titles of pages and of their parts', () => {
    const titles = JSON.parse(text('/docs/search.json'));
    expect(titles).toContainEqual({ href: '/docs/limits#caps', title: 'Caps', page: 'Limits', kind: 'part' });
    expect(titles).toContainEqual({ href: '/docs/money', title: 'Money', page: 'Money', kind: 'page' });
  });
  test('leads from each page to the one before and the next', () => {
    const around = (path: string) =>
      [...text(path).matchAll(/<a rel="(prev|next)" href="([^"]+)">/g)].map(([, ...it]) => it);
    expect(around('/docs/money')).toEqual([['next', '/docs/limits']]);
    expect(around('/docs/limits')).toEqual([
      ['prev', '/docs/money'],
      ['next', '/docs/reference'],
    ]);
  });
  test('tells models of every page with its summary', () => {
    expect(text('/llms.txt')).toContain('- [Money](/docs/money.md): What is held, in Limits.');
    expect(text('/llms.txt')).toContain('- [Limits](/docs/limits.md): What may be spent.');
  });
  test('lets nothing be loaded from elsewhere, and no script stand in a page', () => {
    for (const path of ['/docs', '/docs/money', '/docs/reference']) {
      const asset = site.find(path);
      expect(asset?.csp).toContain("default-src 'self'");
      expect(asset?.csp).not.toContain('script-src');
      expect(text(path)).not.toMatch(/<script>|\son\w+=|\sstyle="|(src|href)="(https?:)?\/\//);
    }
    expect(site.find('/docs/money')?.csp).not.toContain('unsafe');
  });
  test('links a console where there is one', () => {
    expect(site.home.body.toString()).not.toContain('/console/');
    const other = createSite({ pages, readAsset: () => Buffer.alloc(0), hasConsole: true });
    expect(other.home.body.toString()).toContain('href="/console/"');
  });
  test('a page without a title or a summary stops the start', () => {
    expect(() => toPage('x', 'No title\n\nText', 'Begin')).toThrow('x.md must begin');
    expect(() => toPage('x', '# Title', 'Begin')).toThrow('x.md must begin');
  });
});
