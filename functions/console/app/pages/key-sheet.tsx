import { Connect } from '../connect/connect.tsx';
import { Code } from '../parts/copy.tsx';
import { Facts } from '../parts/facts.tsx';
import { LimitBars } from '../parts/limit-bars.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useAct } from '../parts/use-act.ts';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Key, NewKey, Standing } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

interface KeySheetProps {
  id: string;
  /** Its text, where it was made or rotated a moment ago. */
  secret: string | null;
  onClose: () => void;
  onChanged: () => void;
  onRotated: (key: NewKey) => void;
}

export function KeySheet({ id, secret, onClose, onChanged, onRotated }: KeySheetProps) {
  const path = `/v1/keys/${encodeURIComponent(id)}`;
  const { data: key, error, reload } = useLoad(path, (signal) => ask<Key>(path, { signal }));
  const limits = useLoad(`${path}/limits`, (signal) => ask<Standing>(`${path}/limits`, { signal }));
  const models = useLoad(secret, async (signal) => {
    const { data } = await ask<{ data: { id: string }[] }>('/v1/models', { key: secret ?? '', signal });
    return data.map((model) => model.id);
  });
  const act = useAct();
  const change = async (options: Parameters<typeof ask>[1], below = '') => {
    const changed = await ask<NewKey | null>(path + below, options);
    if (changed?.key !== undefined) onRotated(changed);
    reload();
    onChanged();
  };
  const isActive = key?.status === 'active';
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
                <span key="s" class={isActive ? 'good' : 'bad'}>
                  {key.status}
                </span>,
              ],
              ['Key', <code key="k">{key.masked}</code>],
              ['Made', <When key="m" at={key.created_at} />],
              ['Ends', <When key="e" at={key.expires_at} />],
              ['Text of before works until', <When key="p" at={key.previous_until} />],
              ['May manage keys', key.manage ? 'yes' : 'no'],
              ['Id', <code key="i">{key.id}</code>],
            ]}
          />
          <p class="actions">
            <button
              type="button"
              class={isActive ? 'danger' : 'main'}
              disabled={act.isRunning}
              onClick={() =>
                act.run(() => change(isActive ? { method: 'DELETE' } : { method: 'PATCH', body: { status: 'active' } }))
              }
            >
              {isActive ? 'Suspend' : 'Activate'}
            </button>
            <button
              type="button"
              disabled={act.isRunning}
              onClick={() => act.run(() => change({ method: 'POST', body: {} }, '/rotate'))}
            >
              Rotate; the old text works for a day
            </button>
            <a
              class="button"
              href={`/console/requests?owner=${encodeURIComponent(key.owner_id)}&key=${encodeURIComponent(id)}`}
            >
              Its requests
            </a>
          </p>
          <Problem error={act.error} />
          <section>
            <h3>Limits</h3>
            <Problem error={limits.error} retry={limits.reload} />
            {limits.data === null ? null : <LimitBars standing={limits.data} />}
          </section>
        </>
      )}
    </Sheet>
  );
}
