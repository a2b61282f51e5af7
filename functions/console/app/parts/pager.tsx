import { usePlace } from '../state/use-place.ts';

/** To the page that follows, by its key and not by counting: a million rows are as fast as a thousand. */
export function Pager({ next, field = 'cursor' }: { next: string | null; field?: string }) {
  const { query, href } = usePlace();
  const isFirst = query.get(field) === null;
  if (isFirst && next === null) return null;
  return (
    <nav class="pager" aria-label="Pages of this list">
      {isFirst ? null : <a href={href({ [field]: null })}>First page</a>}
      {next === null ? null : <a href={href({ [field]: next })}>Next page</a>}
    </nav>
  );
}
