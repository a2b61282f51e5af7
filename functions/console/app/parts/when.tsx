import { formatTime } from '../format/format-time.ts';

export function When({ at }: { at: string | null }) {
  if (at === null) return <span class="dim">–</span>;
  return (
    <time dateTime={at} title={at}>
      {formatTime(at)}
    </time>
  );
}
