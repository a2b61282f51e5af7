import { describe, expect, test } from '@jest/globals';
import { toPage } from './pages.ts';
import { renderMarkdown } from './render-markdown.ts';
import { createSite } from './site.ts';

const pages = [
  toPage(
    'money',
    '# Money\n\nWhat is *held*, in [Limits](limits.md#caps).\n\n## Holds\n\nText.\n\n## Holds\n\nMore.\n\n## End\n\nLast.',
  ),
  toPage('limits', '# Limits\n\nWhat may be spent.\n\n## Caps\n\n| a | b |\n|---|---|\n| 1 | <b>2</b> |\n'),
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

describe('the site', () => {
  test('has every page, as HTML and as Markdown, linked from every other', () => {
    expect(text('/docs/money.md')).toBe(pages[0]?.text);
    for (const path of ['/docs', '/docs/money', '/docs/limits', '/docs/reference']) {
      expect(text(path)).toContain('href="/docs/money"');
      expect(text(path)).toContain('href="/docs/limits"');
    }
    expect(text('/docs/money')).toContain('<li><a href="/docs/money" aria-current="page">Money</a></li>');
    expect(text('/docs/limits')).toContain('<div class="table" tabindex="0"><table>');
    expect(site.find('/docs/nothing')).toBeNull();
  });
  test('finds titles of pages and of their parts', () => {
    const titles = JSON.parse(text('/docs/search.json'));
    expect(titles).toContainEqual({ href: '/docs/limits#caps', title: 'Caps', page: 'Limits' });
    expect(titles).toContainEqual({ href: '/docs/money', title: 'Money', page: 'Money' });
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
    expect(() => toPage('x', 'No title\n\nText')).toThrow('x.md must begin');
    expect(() => toPage('x', '# Title')).toThrow('x.md must begin');
  });
});
