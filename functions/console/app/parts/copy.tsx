import { useState } from 'preact/hooks';

/** Puts a text where it can be pasted from. */
export function Copy({ text, name = 'Copy' }: { text: string; name?: string }) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Select it and copy by hand');
    }
  };
  return (
    <button type="button" class="copy" onClick={copy} aria-live="polite">
      {said ?? name}
    </button>
  );
}

/** Some code, with what copies it. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <section class="code" aria-label={label}>
      <pre>{text}</pre>
      <Copy text={text} />
    </section>
  );
}
