import { formatMs } from '../format/format-time.ts';
import type { Attempt, RequestEvent } from '../state/replies.ts';

interface Span {
  name: string;
  start: number;
  length: number;
  kind: 'own' | 'good' | 'bad';
}

/** From arrival to the last byte: Mesh's own waits, each attempt, and the answer on its way. */
export function Waterfall({ event, attempts }: { event: RequestEvent; attempts: readonly Attempt[] }) {
  const spans = toSpans(event, attempts);
  const whole = Math.max(1, event.total_ms, ...spans.map(({ start, length }) => start + length));
  const percent = (ms: number) => `${(100 * ms) / whole}%`;
  return (
    <ol class="waterfall">
      {spans.map(({ name, start, length, kind }) => (
        <li key={name}>
          <span>{name}</span>
          <span class="track" aria-hidden="true">
            <span class={`span ${kind}`} style={{ marginLeft: percent(start), width: percent(length) }} />
          </span>
          <span class="figure">{formatMs(length)}</span>
        </li>
      ))}
    </ol>
  );
}

/** The first attempt begins when money is held; the times of attempts are told from there. */
function toSpans(event: RequestEvent, attempts: readonly Attempt[]): Span[] {
  const { queue_ms, hold_ms, first_token_ms, total_ms } = event;
  const held = queue_ms + hold_ms;
  const tries = attempts.map(({ attempt, endpoint, outcome, provider_code, started_ms, latency_ms }): Span => {
    const isGood = outcome === 'ok';
    const why = isGood ? '' : `: ${[outcome, provider_code].filter(Boolean).join(' ')}`;
    return {
      name: `${attempt}. ${endpoint}${why}`,
      start: held + started_ms,
      length: latency_ms,
      kind: isGood ? 'good' : 'bad',
    };
  });
  const isAnswered = first_token_ms > 0 && total_ms >= first_token_ms;
  const last = tries.at(-1);
  const came = last?.kind === 'good' ? last.start + last.length : first_token_ms;
  return [
    { name: 'Mesh: until money is asked for', start: 0, length: queue_ms, kind: 'own' },
    { name: 'Mesh: until it is held', start: queue_ms, length: hold_ms, kind: 'own' },
    ...tries,
    ...(isAnswered && first_token_ms > came
      ? [{ name: 'Mesh: until it is passed on', start: came, length: first_token_ms - came, kind: 'own' as const }]
      : []),
    ...(isAnswered
      ? [
          {
            name: 'The answer, first byte to last',
            start: first_token_ms,
            length: total_ms - first_token_ms,
            kind: 'good' as const,
          },
        ]
      : []),
  ];
}
