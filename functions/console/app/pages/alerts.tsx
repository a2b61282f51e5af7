import type { ComponentType } from 'preact';
import { AlertList } from '../alerts/alert-list.tsx';
import { Channels } from '../alerts/channels.tsx';
import { Deliveries } from '../alerts/deliveries.tsx';
import { Rules } from '../alerts/rules.tsx';
import { Heading } from '../parts/heading.tsx';
import { usePlace } from '../state/use-place.ts';

const parts: readonly { name: string; title: string; Part: ComponentType }[] = [
  { name: 'raised', title: 'Raised', Part: AlertList },
  { name: 'rules', title: 'Rules', Part: Rules },
  { name: 'channels', title: 'Channels', Part: Channels },
  { name: 'deliveries', title: 'Deliveries', Part: Deliveries },
];

/** What an operator should hear of, by which rules, and where it is told. */
export function Alerts() {
  const shown = usePlace().query.get('show');
  const part = parts.find(({ name }) => name === shown) ?? parts[0];
  return (
    <>
      <Heading title="Alerts" />
      <nav class="tabs" aria-label="Of alerts">
        {parts.map(({ name, title }) => (
          <a key={name} href={`/console/alerts?show=${name}`} aria-current={name === part?.name ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      {part === undefined ? null : <part.Part key={part.name} />}
    </>
  );
}
