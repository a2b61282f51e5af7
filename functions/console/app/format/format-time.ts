const shown = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
  timeZoneName: 'short',
});

/** A time of the API in the reader's zone, which is named. */
export function formatTime(iso: string): string {
  return shown.format(new Date(iso));
}

export function formatMs(ms: number): string {
  return ms < 10_000 ? `${ms.toLocaleString('en-US')} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** How long until something: seconds, as one says it. */
export function formatSpan(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return seconds < 129_600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
