import type { ComponentChildren } from 'preact';

/** Names and what they stand for. */
export function Facts({ of }: { of: readonly [name: string, value: ComponentChildren][] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
