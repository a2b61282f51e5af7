import { useLocation } from 'preact-iso/router';

export interface Place {
  /** Below `/console/`; `` for its first page. */
  page: string;
  /** What the page was asked to show: all of its state. */
  query: URLSearchParams;
  /** The address of this page with some of its state changed; null takes a field away. */
  href(changes: Record<string, string | null>): string;
  /** Goes there; `replace` leaves no step for the browser's back. */
  go(changes: Record<string, string | null>, replace?: boolean): void;
}

/** Where the console is: everything that a page shows is in its address, so that back works and a link can be sent on. */
export function usePlace(): Place {
  const { url, path, route } = useLocation();
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  const href = (changes: Record<string, string | null>) => {
    const next = new URLSearchParams(query);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === '') next.delete(name);
      else next.set(name, value);
    }
    const text = next.toString();
    return text === '' ? path : `${path}?${text}`;
  };
  return {
    page: path.replace(/^\/console\/?/, ''),
    query,
    href,
    go: (changes, replace = false) => route(href(changes), replace),
  };
}
