import { useErrorBoundary } from 'preact/hooks';
import type { PageEntry } from './pages/list-pages.ts';
import { Problem } from './parts/problem.tsx';
import { ApiProblem } from './state/api.ts';
import { useLoad } from './state/use-load.ts';

/** A page, once its file has come. */
export function PageView({ page }: { page: PageEntry }) {
  const [broken] = useErrorBoundary();
  const { data, error } = useLoad(page.path, async () => {
    try {
      return { Page: await page.load() };
    } catch {
      throw new ApiProblem('A file of this page is not there: the router may be a newer one by now.', 0, null, null);
    }
  });
  // An answer that is not as this page knows it: words, and not half a page.
  if (broken !== undefined) return <Problem error={broken} retry={() => location.reload()} />;
  if (data !== null) return <data.Page />;
  // A browser remembers that a file was not there, so it is asked for with the whole page.
  return error === null ? <p class="dim">Loading…</p> : <Problem error={error} retry={() => location.reload()} />;
}
