import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

const HEIGHT = 180;
const DAY_S = 86_400;

interface ChartProps {
  label: string;
  /** Unix seconds, rising, and what was then. */
  times: readonly number[];
  values: readonly number[];
  format(value: number): string;
  /** The part of each that went wrong. */
  bad?: readonly number[];
  /** How long each bar is, in seconds; a day where nothing is said. */
  stepS?: number;
  /** Hears of a time that was dragged over, in Unix seconds. */
  onSelect?: (from: number, to: number) => void;
}

/** Bars over days or hours (UTC). The table beside it says the same in figures: a picture is for who sees it. */
export function Chart({ label, times, values, format, bad, stepS = DAY_S, onSelect }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const shown = JSON.stringify([times, values, bad]);
  const select = useRef(onSelect);
  select.current = onSelect;
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    // Half a bar more at both ends, so that no bar is cut.
    const [first = 0, last = first] = [times[0], times.at(-1)];
    const colour = (name: string) => getComputedStyle(box).getPropertyValue(name);
    const axis = { stroke: () => colour('--dim'), grid: { stroke: () => colour('--line') } };
    const barsOf = (name: string): uPlot.Series => ({
      fill: () => colour(name),
      stroke: () => colour(name),
      paths: uPlot.paths.bars?.({ size: [0.7, 60] }),
      points: { show: false },
    });
    const isByDay = stepS === DAY_S;
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
        scales: {
          x: { time: true, range: () => [first - stepS / 2, last + stepS / 2] },
          // From nothing: a bar that is twice as high is twice as much.
          y: { range: (_plot, _least, most) => [0, most > 0 ? most : 1] },
        },
        cursor: { drag: { x: select.current !== undefined, y: false, setScale: false } },
        hooks: {
          setSelect: [
            ({ select: { left, width }, posToVal }) => {
              if (width > 0) select.current?.(posToVal(left, 'x'), posToVal(left + width, 'x'));
            },
          ],
        },
        axes: [
          {
            ...axis,
            incrs: [1, 2, 7, 14, 28, 56, 112].map((steps) => steps * (isByDay ? DAY_S : 3 * stepS)),
            values: isByDay ? '{MMM} {D}' : '{MMM} {D} {HH}:{mm}',
          },
          { ...axis, size: bad === undefined ? 100 : 60, values: (_plot, ticks) => ticks.map(format) },
        ],
        series: [{}, barsOf('--link'), ...(bad === undefined ? [] : [barsOf('--bad')])],
      },
      // Nothing is no bar: a line at the bottom would look like something.
      [[...times], ...[values, ...(bad === undefined ? [] : [bad])].map((bars) => bars.map((each) => each || null))],
      box,
    );
    const resized = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
    resized.observe(box);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => plot.redraw();
    dark.addEventListener('change', redraw);
    return () => {
      resized.disconnect();
      dark.removeEventListener('change', redraw);
      plot.destroy();
    };
  }, [shown]);
  return <div ref={place} class="chart" role="img" aria-label={label} />;
}
