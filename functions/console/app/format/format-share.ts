/** A part of a whole in per cent; one that is more than nothing is never shown as nothing. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = (100 * part) / whole;
  if (percent === 0) return '0 %';
  return percent < 0.1 ? '<0.1 %' : `${percent.toFixed(1)} %`;
}
