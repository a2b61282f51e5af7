import { styleText } from 'node:util';
import type { Context } from './context.ts';
import { cutTo, plainText, widthOf } from './plain-text.ts';

export interface Column<Row> {
  title: string;
  of(row: Row): string | number | boolean | null | undefined;
  /** Numbers stand at the right, and stay whole. */
  align?: 'left' | 'right';
  /** One that must stay whole, to be copied: others are cut first. */
  whole?: boolean;
}

const GAP = '  ';
/** No column is cut to less. */
const LEAST_WIDTH = 8;

/** Colour where somebody sees it and has nothing against it. https://no-color.org */
export function hasColour({ columns, env }: Pick<Context, 'columns' | 'env'>): boolean {
  return columns !== null && !env.NO_COLOR;
}

/** Rows below their titles, aligned; on a terminal within its width. */
export function showTable<Row>(context: Context, columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const cells = rows.map((row) => columns.map((column) => toCell(column.of(row))));
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((title, at) => Math.max(widthOf(title), ...cells.map((line) => widthOf(line[at] ?? ''))));
  if (context.columns !== null) shrink(widths, columns, context.columns);
  const toLine = (line: readonly string[]) =>
    line
      .map((cell, at) => pad(cutTo(cell, widths[at] ?? 0), widths[at] ?? 0, columns[at]?.align))
      .join(GAP)
      .trimEnd();
  const head = toLine(titles);
  const shown = hasColour(context) ? styleText('bold', head, { validateStream: false }) : head;
  context.write(`${[shown, ...cells.map(toLine)].join('\n')}\n`);
}

/** Names beside what they are, a line each. */
export function showFacts(context: Context, facts: readonly (readonly [string, unknown])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) context.write(`${name.padEnd(width)}  ${toCell(value)}\n`);
}

function toCell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return plainText(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function pad(text: string, width: number, align: Column<unknown>['align']): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? space + text : text + space;
}

/** A number that is cut reads as another number. */
function isWhole<Row>(column: Column<Row> | undefined): boolean {
  return column?.whole === true || column?.align === 'right';
}

/** Takes from the widest column, one after the other, until all fit or nothing can be taken. */
function shrink<Row>(widths: number[], columns: readonly Column<Row>[], room: number): void {
  const total = () => widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
  while (total() > room) {
    const may = widths.map((width, at) => (isWhole(columns[at]) || width <= LEAST_WIDTH ? 0 : width));
    const widest = Math.max(...may);
    if (widest === 0) return;
    widths[may.indexOf(widest)] = widest - 1;
  }
}
