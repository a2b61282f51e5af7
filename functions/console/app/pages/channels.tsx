import { useState } from 'preact/hooks';
import { Code } from '../parts/copy.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { useAct } from '../parts/use-act.ts';
import { ask } from '../state/api.ts';
import type { Channel, Page } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

const types = ['webhook', 'slack', 'email'] as const;

/** Where alerts are told: tried, switched off and on, and made. */
export function Channels() {
  const { data, error, reload } = useLoad('channels', (signal) =>
    ask<Page<Channel>>('/v1/alerts/channels?limit=100', { signal }),
  );
  const [told, setTold] = useState<string | null>(null);
  const act = useAct();
  const change = (id: string, options: Parameters<typeof ask>[1], below = '') =>
    act.run(async () => {
      setTold(null);
      await ask(`/v1/alerts/channels/${encodeURIComponent(id)}${below}`, options);
      if (below === '/test') setTold('A test is on its way.');
      reload();
    });
  return (
    <section>
      <h2>Channels</h2>
      <Problem error={error} retry={reload} />
      <Problem error={act.error} />
      <p role="status">{told}</p>
      {data === null ? null : (
        <Table
          label="Channels"
          rows={data.data}
          columns={[
            { name: 'Where', cell: ({ type, target }) => `${type}: ${target}` },
            { name: 'Of', cell: ({ owner_id }) => owner_id ?? 'everybody' },
            { name: 'Kinds', cell: ({ kinds }) => kinds?.join(', ') ?? 'all' },
            {
              name: 'Status',
              cell: ({ status }) => <span class={status === 'active' ? 'good' : 'bad'}>{status}</span>,
            },
            {
              name: 'Do',
              cell: ({ id, status }) => (
                <span class="actions">
                  <button
                    type="button"
                    disabled={act.isRunning}
                    onClick={() => change(id, { method: 'POST' }, '/test')}
                  >
                    Test
                  </button>
                  <button
                    type="button"
                    disabled={act.isRunning}
                    onClick={() =>
                      change(id, { method: 'PATCH', body: { status: status === 'active' ? 'disabled' : 'active' } })
                    }
                  >
                    {status === 'active' ? 'Switch off' : 'Switch on'}
                  </button>
                </span>
              ),
            },
          ]}
          empty="There is no channel: alerts are listed above and told to nobody."
        />
      )}
      <NewChannel onMade={reload} />
    </section>
  );
}

function NewChannel({ onMade }: { onMade: () => void }) {
  const [type, setType] = useState<(typeof types)[number]>('webhook');
  const [target, setTarget] = useState('');
  const [secret, setSecret] = useState<string | null>(null);
  const { run, isRunning, error } = useAct();
  const make = async () => {
    const made = await ask<Channel & { secret?: string }>('/v1/alerts/channels', {
      method: 'POST',
      body: { type, target },
    });
    setSecret(made.secret ?? null);
    setTarget('');
    onMade();
  };
  return (
    <form
      class="balance"
      onSubmit={(event) => {
        event.preventDefault();
        run(make);
      }}
    >
      <h3>New channel, for everybody’s alerts</h3>
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
      <button type="submit" class="main" disabled={isRunning}>
        Make channel
      </button>
      <Problem error={error} />
      {secret === null ? null : (
        <>
          <p>What its webhooks are signed with; it is shown now and never again.</p>
          <Code text={secret} label="The secret" />
        </>
      )}
    </form>
  );
}
