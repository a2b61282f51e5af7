import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

/** The name of a page, in it and in the browser's tab, with what can be done there. */
export function Heading({ title, children }: { title: string; children?: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Mesh Router`;
  }, [title]);
  return (
    <div class="heading">
      <h1>{title}</h1>
      <div class="actions">{children}</div>
    </div>
  );
}
