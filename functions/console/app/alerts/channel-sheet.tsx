import { useState } from 'preact/hooks';
import { Code } from '../parts/copy.tsx';
import { Facts } from '../parts/facts.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useAct } from '../parts/use-act.ts';
import { When } from '../parts/when.tsx';
import { type Ask, ask } from '../state/api.ts';
import type { Channel } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';
import { KindsField } from './kinds-field.tsx';

interface ChannelSheetProps {
  id: string;
  /** What its webhooks are signed with, where it was made or rotated a moment ago. */
  secret: string | null;
  onClose: () => void;
  onChanged: () => void;
  onRotated: (channel: Channel) => void;
}

/** A channel: tried, switched off and on, rotated, changed, deleted. */
export function ChannelSheet({ id, secret, onClose, onChanged, onRotated }: ChannelSheetProps) {
  const path = `/v1/alerts/channels/${encodeURIComponent(id)}`;
  const { data, error, reload } = useLoad(path, (signal) => ask<Channel>(path, { signal }));
  const [told, setTold] = useState<string | null>(null);
  const [isDeleting, setDeleting] = useState(false);
  const act = useAct();
  const run = (options: Ask, below: string, words: (now: Channel) => string) =>
    act.run(async () => {
      setTold(null);
      const now = await ask<Channel>(path + below, options);
      setTold(words(now));
      if (below === '/rotate') onRotated(now);
      if (below === '/test') return;
      reload();
      onChanged();
    });
  const remove = () =>
    act.run(async () => {
      await ask(path, { method: 'DELETE' });
      onChanged();
      onClose();
    });
  const change = (body: Partial<Channel>) =>
    run({ method: 'PATCH', body }, '', ({ status, kinds }) => `Saved: ${status}, told ${kinds?.join(', ') ?? 'all'}.`);
  const isActive = data?.status === 'active';
  return (
    <Sheet title={data === null ? id : `${data.type}: ${data.target}`} onClose={onClose}>
      <Problem error={error} retry={reload} />
      {secret === null ? null : (
        <section class="shown-once">
          <p>What its webhooks are signed with; it is shown now and never again.</p>
          <Code text={secret} label="The secret" />
        </section>
      )}
      {data === null ? null : (
        <>
          <Facts
            of={[
              ['Of', data.owner_id ?? 'everybody'],
              [
                'Status',
                <span key="s" class={isActive ? 'good' : 'bad'}>
                  {[data.status, data.disabled_reason].filter(Boolean).join(', ')}
                </span>,
              ],
              ['Made', <When key="m" at={data.created_at} />],
              ['Id', <code key="i">{data.id}</code>],
            ]}
          />
          <div class="actions">
            <button
              type="button"
              disabled={act.isRunning}
              onClick={() => run({ method: 'POST' }, '/test', () => 'A test is on its way: Deliveries say what came.')}
            >
              Test
            </button>
            <button
              type="button"
              disabled={act.isRunning}
              onClick={() => change({ status: isActive ? 'disabled' : 'active' })}
            >
              {isActive ? 'Switch off' : 'Switch on'}
            </button>
            {data.type === 'webhook' ? (
              <button
                type="button"
                disabled={act.isRunning}
                onClick={() => run({ method: 'POST' }, '/rotate', () => 'It has a new secret; for a day both sign.')}
              >
                Rotate the secret
              </button>
            ) : null}
            <a class="button" href={`/console/alerts?show=deliveries&channel=${encodeURIComponent(id)}`}>
              Its deliveries
            </a>
            <button type="button" class="danger" onClick={() => (isDeleting ? remove() : setDeleting(true))}>
              {isDeleting ? 'Delete it: yes' : 'Delete'}
            </button>
          </div>
          <p role="status">{told}</p>
          <Problem error={act.error} />
          <ChannelForm key={`${data.target} ${data.kinds}`} of={data} isRunning={act.isRunning} onSave={change} />
        </>
      )}
    </Sheet>
  );
}

interface ChannelFormProps {
  of: Channel;
  isRunning: boolean;
  onSave: (body: Partial<Channel>) => void;
}

function ChannelForm({ of, isRunning, onSave }: ChannelFormProps) {
  const [target, setTarget] = useState('');
  const [kinds, setKinds] = useState(of.kinds);
  return (
    <form
      class="balance"
      onSubmit={(event) => {
        event.preventDefault();
        onSave({ kinds, ...(target === '' ? {} : { target }) });
      }}
    >
      <label>
        Another target
        <input
          placeholder={of.target}
          value={target}
          onInput={(event) => setTarget(event.currentTarget.value.trim())}
        />
      </label>
      <KindsField kinds={kinds} onKinds={setKinds} />
      <button type="submit" class="main" disabled={isRunning}>
        Save
      </button>
    </form>
  );
}
