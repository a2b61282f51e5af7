import { useEffect } from 'preact/hooks';

/** `/` goes to the filter of a page, `j` and `k` through its rows. Enter and Esc are the browser's own. */
export function useKeyboard(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, select, textarea, dialog')) return;
      if (event.key === '/') focusOn(document.querySelector<HTMLElement>('[data-filter]'), event);
      if (event.key === 'j') focusOn(rowFrom(target, 1), event);
      if (event.key === 'k') focusOn(rowFrom(target, -1), event);
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

function focusOn(element: HTMLElement | null | undefined, event: Event): void {
  if (!element) return;
  event.preventDefault();
  element.focus();
}

/** The link of the row so many further on; the first where none has the focus. */
function rowFrom(target: Element, step: number): HTMLElement | null | undefined {
  const links = [...document.querySelectorAll<HTMLElement>('main tbody tr td:first-child a')];
  const row = target.closest('tr');
  const at = links.findIndex((link) => row?.contains(link));
  return at < 0 ? links[0] : links[Math.min(Math.max(at + step, 0), links.length - 1)];
}
