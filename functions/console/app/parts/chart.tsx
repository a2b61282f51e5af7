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
}

/** Bars over days (UTC). The table beside it says the same in figures: a picture is for who sees it. */
export function Chart({ label, times, values, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const shown = JSON.stringify([times, values]);
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    // Half a day more at both ends, so that no bar is cut.
    const [first = 0, last = first] = [times[0], times.at(-1)];
    const colour = (name: string) => getComputedStyle(box).getPropertyValue(name);
    const axis = { stroke: () => colour('--dim'), grid: { stroke: () => colour('--line') } };
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
        scales: { x: { time: true, range: () => [first - DAY_S / 2, last + DAY_S / 2] } },
        axes: [
          { ...axis, incrs: [1, 2, 7, 14, 28].map((days) => days * DAY_S), values: '{MMM} {D}' },
          { ...axis, size: 100, values: (_plot, ticks) => ticks.map(format) },
        ],
        series: [
          {},
          {
            fill: () => colour('--link'),
            stroke: () => colour('--link'),
            paths: uPlot.paths.bars?.({ size: [0.7, 60] }),
            points: { show: false },
          },
        ],
      },
      [[...times], [...values]],
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
