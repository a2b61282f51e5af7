import { alertRules } from './alert-rules.ts';

/** Which kinds of alerts a channel is told; null: all. */
export function KindsField({ kinds, onKinds }: { kinds: string[] | null; onKinds: (kinds: string[] | null) => void }) {
  const toggle = (kind: string, isWanted: boolean) => {
    const others = (kinds ?? []).filter((each) => each !== kind);
    const next = isWanted ? [...others, kind] : others;
    onKinds(next.length === 0 ? null : next);
  };
  return (
    <fieldset class="kinds">
      <legend>What it is told; all, where nothing is picked</legend>
      {Object.keys(alertRules).map((kind) => (
        <label key={kind} class="check">
          <input
            type="checkbox"
            checked={kinds?.includes(kind) ?? false}
            onChange={(event) => toggle(kind, event.currentTarget.checked)}
          />
          {kind.replaceAll('_', ' ')}
        </label>
      ))}
    </fieldset>
  );
}
