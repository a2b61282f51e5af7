import { useState } from 'preact/hooks';
import { Connect } from '../connect/connect.tsx';
import { Code } from '../parts/copy.tsx';
import { Facts } from '../parts/facts.tsx';
import { Fold } from '../parts/fold.tsx';
import { LimitBars } from '../parts/limit-bars.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useAct } from '../parts/use-act.ts';
import { When } from '../parts/when.tsx';
import { capSettings, limitGroups } from '../settings/limit-settings.ts';
import type { Setting } from '../settings/setting.ts';
import { SettingsForm } from '../settings/settings-form.tsx';
import { ask } from '../state/api.ts';
import type { Key, KeyLimits, NewKey } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

interface KeySheetProps {
  id: string;
  /** Its text, where it was made or rotated a moment ago. */
  secret: string | null;
  onClose: () => void;
  onChanged: () => void;
  onRotated: (key: NewKey) => void;
}

const ownSettings: Setting[] = [
  { name: 'label', title: 'Label', kind: 'text' },
  { name: 'allowed_models', title: 'Models', kind: 'list', hint: 'all' },
  { name: 'default_model', title: 'Model where none is named', kind: 'text', hint: 'none' },
  { name: 'allowed_regions', title: 'Regions', kind: 'list', hint: 'all' },
  { name: 'expires_at', title: 'Ends, in your zone', kind: 'moment' },
  { name: 'manage', title: 'May manage its owner’s keys', kind: 'flag' },
];

export function KeySheet({ id, secret, onClose, onChanged, onRotated }: KeySheetProps) {
  const path = `/v1/keys/${encodeURIComponent(id)}`;
  const { data: key, error, reload } = useLoad(path, (signal) => ask<Key>(path, { signal }));
  const limits = useLoad(`${path}/limits`, (signal) => ask<KeyLimits>(`${path}/limits`, { signal }));
  const models = useLoad(secret, async (signal) => {
    const { data } = await ask<{ data: { id: string }[] }>('/v1/models', { key: secret ?? '', signal });
    return data.map((model) => model.id);
  });
  const changed = () => {
    reload();
    limits.reload();
    onChanged();
  };
  const atOnce = limits.data?.effective.concurrency_limit;
  return (
    <Sheet title={key?.label || id} onClose={onClose}>
      <Problem error={error} retry={reload} />
      {secret === null ? null : (
        <section class="shown-once">
          <h3>The key</h3>
          <p>
            <strong>It is shown now and never again.</strong>
          </p>
          <Code text={secret} label="The key" />
          {models.isLoading ? null : <Connect secret={secret} models={models.data ?? []} />}
        </section>
      )}
      {key === null ? null : (
        <>
          <Facts
            of={[
              [
                'Status',
                <span key="s" class={key.status === 'active' ? 'good' : 'bad'}>
                  {key.status}
                </span>,
              ],
              ['Key', <code key="k">{key.masked}</code>],
              ['Made', <When key="m" at={key.created_at} />],
              ['Ends', <When key="e" at={key.expires_at} />],
              ['Text of before works until', <When key="p" at={key.previous_until} />],
              ['May manage keys', key.manage ? 'yes' : 'no'],
              ['Models', key.allowed_models?.join(', ') ?? 'all'],
              ['At once', atOnce?.limit == null ? 'no limit' : `${atOnce.limit}, by the ${atOnce.tier}`],
              ['Id', <code key="i">{key.id}</code>],
            ]}
          />
          <KeyActs path={path} of={key} onChanged={changed} onRotated={onRotated} />
          <section>
            <h3>Limits</h3>
            <Problem error={limits.error} retry={limits.reload} />
            {limits.data === null ? null : <LimitBars standing={limits.data} />}
          </section>
          <Fold title="Change it">
            <SettingsForm
              path={path}
              groups={[
                { title: 'Key', settings: ownSettings },
                ...limitGroups(limits.data?.spending.currency ?? null),
                { title: 'Each single end user may spend', settings: capSettings('end_user_caps') },
              ]}
              values={{ ...key }}
              onSaved={changed}
            />
          </Fold>
        </>
      )}
    </Sheet>
  );
}

/** How long the text of before works on. */
const graces = [
  [86_400, 'for a day'],
  [0, 'no more'],
  [3_600, 'for an hour'],
  [604_800, 'for a week'],
  [2_592_000, 'for 30 days'],
] as const;

interface KeyActsProps {
  path: string;
  of: Key;
  onChanged: () => void;
  onRotated: (key: NewKey) => void;
}

function KeyActs({ path, of: { id, owner_id, status }, onChanged, onRotated }: KeyActsProps) {
  const [grace, setGrace] = useState<number>(graces[0][0]);
  const [done, setDone] = useState<string | null>(null);
  const act = useAct();
  const isActive = status === 'active';
  const suspend = async () => {
    await ask(path, isActive ? { method: 'DELETE' } : { method: 'PATCH', body: { status: 'active' } });
    const now = await ask<Key>(path);
    setDone(`The router says that it is ${now.status}.`);
    onChanged();
  };
  const rotate = async () => {
    const rotated = await ask<NewKey>(`${path}/rotate`, { method: 'POST', body: { grace_seconds: grace } });
    setDone('It has a new text, which is shown above.');
    onRotated(rotated);
    onChanged();
  };
  return (
    <>
      <div class="actions">
        <button
          type="button"
          class={isActive ? 'danger' : 'main'}
          disabled={act.isRunning}
          onClick={() => act.run(suspend)}
        >
          {isActive ? 'Suspend' : 'Activate'}
        </button>
        <a
          class="button"
          href={`/console/requests?owner=${encodeURIComponent(owner_id)}&key=${encodeURIComponent(id)}`}
        >
          Its requests
        </a>
        <button type="button" disabled={act.isRunning} onClick={() => act.run(rotate)}>
          Rotate
        </button>
        <label class="check">
          The old text works{' '}
          <select value={grace} onChange={(event) => setGrace(Number(event.currentTarget.value))}>
            {graces.map(([seconds, title]) => (
              <option key={seconds} value={seconds}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p role="status">{done}</p>
      <Problem error={act.error} />
    </>
  );
}
