import { useState } from 'preact/hooks';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useAct } from '../parts/use-act.ts';
import { ask } from '../state/api.ts';
import type { Channel } from '../state/replies.ts';
import { KindsField } from './kinds-field.tsx';

const types = ['webhook', 'slack', 'email'] as const;

interface NewChannelProps {
  /** Whose alerts; `` for everybody's. */
  owner: string;
  onClose: () => void;
  onMade: (channel: Channel) => void;
}

export function NewChannel({ owner: given, onClose, onMade }: NewChannelProps) {
  const [owner, setOwner] = useState(given);
  const [type, setType] = useState<(typeof types)[number]>('webhook');
  const [target, setTarget] = useState('');
  const [kinds, setKinds] = useState<string[] | null>(null);
  const { run, isRunning, error } = useAct();
  const make = async () => {
    const body = { type, target, kinds, owner_id: owner === '' ? null : owner };
    onMade(await ask<Channel>('/v1/alerts/channels', { method: 'POST', body }));
  };
  return (
    <Sheet title="New channel" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run(make);
        }}
      >
        <label>
          Whose alerts
          <input
            placeholder="everybody’s, and the service’s own"
            value={owner}
            onInput={(event) => setOwner(event.currentTarget.value.trim())}
          />
        </label>
        <div class="pair">
          <label>
            Type
            <select value={type} onChange={(event) => setType(event.currentTarget.value as typeof type)}>
              {types.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <label>
            Target
            <input
              required
              placeholder={type === 'email' ? 'ops@example.com' : 'https://…'}
              value={target}
              onInput={(event) => setTarget(event.currentTarget.value.trim())}
            />
          </label>
        </div>
        <KindsField kinds={kinds} onKinds={setKinds} />
        <button type="submit" class="main" disabled={isRunning}>
          Make channel
        </button>
        <Problem error={error} />
      </form>
    </Sheet>
  );
}
