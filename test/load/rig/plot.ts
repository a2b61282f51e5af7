/** One chart of grouped bars; each has a scale of its own. */
export interface Panel {
  title: string;
  groups: { label: string; bars: { series: string; value: number | null }[] }[];
}

const COLOURS = ['#8a8f98', '#d98c3f', '#b3554d', '#2f6fde', '#7fa6ee', '#3b9c6d', '#93cbb0'];
const WIDTH = 860;
const PANEL_HEIGHT = 190;
const LEFT = 20;
const TOP = 56;
const BAR_SPACE = 110;
const MAX_BAR = 44;
const LEGEND_SPACE = 118;

/** Panels below each other as SVG, readable on a light and on a dark page. */
export function plot(title: string, series: readonly string[], panels: readonly Panel[]): string {
  const height = TOP + panels.length * PANEL_HEIGHT + 10;
  const body = panels.map((panel, index) => drawPanel(panel, series, TOP + index * PANEL_HEIGHT));
  const legend = series.map((name, index) => {
    const x = LEFT + index * LEGEND_SPACE;
    return `${rect(x, 32, 12, 12, colour(index))}${label(x + 18, 42, name)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`,
    ' font-family="system-ui, sans-serif" font-size="12">',
    `<title>${escapeXml(title)}</title>`,
    rect(0, 0, WIDTH, height, '#ffffff'),
    label(LEFT, 20, title, 'font-size="15" font-weight="600"'),
    ...legend,
    ...body,
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ title, groups }: Panel, series: readonly string[], top: number): string {
  const values = groups.flatMap(({ bars }) => bars.map(({ value }) => value ?? 0));
  const largest = Math.max(...values, Number.MIN_VALUE);
  const base = top + PANEL_HEIGHT - 40;
  const groupWidth = (WIDTH - 2 * LEFT) / Math.max(1, groups.length);
  const parts = [label(LEFT, top + 14, title, 'font-weight="600"'), rect(LEFT, base, WIDTH - 2 * LEFT, 1, '#c8ccd2')];
  const shown = groups.map(({ bars }) => bars.filter(({ value }) => value !== null));
  const most = Math.max(1, ...shown.map((bars) => bars.length));
  const width = Math.min(MAX_BAR, (groupWidth - 24) / most - 6);
  groups.forEach((group, index) => {
    const left = LEFT + index * groupWidth;
    parts.push(label(left + 8, base + 18, group.label, 'fill="#4a4f57"'));
    for (const [place, { series: name, value }] of (shown[index] ?? []).entries()) {
      const x = left + 8 + place * (width + 6);
      const tall = Math.max(1, ((value ?? 0) / largest) * BAR_SPACE);
      parts.push(rect(x, base - tall, width, tall, colour(series.indexOf(name))));
      parts.push(label(x + width / 2, base - tall - 4, shorten(value ?? 0), 'text-anchor="middle" font-size="10"'));
    }
  });
  return parts.join('\n');
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#000000';
}

function shorten(value: number): string {
  if (value >= 1_000) return `${(value / 1_000).toFixed(1)}k`;
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

function rect(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" fill="${fill}"/>`;
}

function label(x: number, y: number, text: string, attributes = ''): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${attributes}>${escapeXml(text)}</text>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
