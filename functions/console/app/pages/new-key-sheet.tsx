import { useState } from 'preact/hooks';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useAct } from '../parts/use-act.ts';
import { ask } from '../state/api.ts';
import type { NewKey } from '../state/replies.ts';

interface NewKeySheetProps {
  owner: string;
  onClose: () => void;
  onMade: (key: NewKey) => void;
}

export function NewKeySheet({ owner: given, onClose, onMade }: NewKeySheetProps) {
  const [owner, setOwner] = useState(given);
  const [label, setLabel] = useState('');
  const [rpm, setRpm] = useState('');
  const [daily, setDaily] = useState('');
  const { run, isRunning, error } = useAct();
  const make = async () => {
    const body = {
      owner_id: owner,
      ...(label === '' ? {} : { label }),
      ...(rpm === '' ? {} : { rpm_limit: Number(rpm) }),
      ...(daily === '' ? {} : { spend_caps: { daily } }),
    };
    onMade(await ask<NewKey>('/v1/keys', { method: 'POST', body }));
  };
  return (
    <Sheet title="New key" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run(make);
        }}
      >
        <label>
          Owner
          <input
            required
            placeholder="own_…"
            value={owner}
            onInput={(event) => setOwner(event.currentTarget.value.trim())}
          />
        </label>
        <label>
          Label
          <input maxLength={256} value={label} onInput={(event) => setLabel(event.currentTarget.value)} />
        </label>
        <label>
          Requests a minute
          <input
            inputMode="numeric"
            pattern="[1-9]\d{0,8}"
            placeholder="100"
            value={rpm}
            onInput={(event) => setRpm(event.currentTarget.value.trim())}
          />
        </label>
        <label>
          Most that it may spend a day, in its owner’s currency
          <input
            inputMode="decimal"
            pattern="\d+(\.\d{1,9})?"
            placeholder="no cap"
            value={daily}
            onInput={(event) => setDaily(event.currentTarget.value.trim())}
          />
        </label>
        <button type="submit" class="main" disabled={isRunning}>
          Make key
        </button>
        <Problem error={error} />
      </form>
    </Sheet>
  );
}
