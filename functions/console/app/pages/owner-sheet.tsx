import { Download } from '../parts/download.tsx';
import { Facts } from '../parts/facts.tsx';
import { Fold } from '../parts/fold.tsx';
import { Money } from '../parts/money.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { When } from '../parts/when.tsx';
import { limitGroups } from '../settings/limit-settings.ts';
import type { Setting } from '../settings/setting.ts';
import { SettingsForm } from '../settings/settings-form.tsx';
import { ask } from '../state/api.ts';
import type { Owner, Usage } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';
import { BalanceForm } from './balance-form.tsx';
import { Ledger } from './ledger.tsx';

interface OwnerSheetProps {
  id: string;
  onClose: () => void;
  onChanged: () => void;
}

const ownSettings: Setting[] = [
  { name: 'name', title: 'Name', kind: 'text' },
  { name: 'low_balance', title: 'Low below', kind: 'amount', hint: 'a tenth of the last top-up' },
  { name: 'allowed_regions', title: 'Regions', kind: 'list', hint: 'all' },
];

export function OwnerSheet({ id, onClose, onChanged }: OwnerSheetProps) {
  const path = `/v1/owners/${encodeURIComponent(id)}`;
  const { data: owner, error, reload } = useLoad(path, (signal) => ask<Owner>(path, { signal }));
  const month = `${new Date().toISOString().slice(0, 7)}-01`;
  const usage = useLoad(`month ${id} ${month}`, (signal) =>
    ask<Usage>('/v1/usage', { method: 'POST', body: { owner_id: id, start: month }, signal }),
  );
  const spent = usage.data?.total;
  const changed = () => {
    reload();
    onChanged();
  };
  return (
    <Sheet title={owner?.name ?? id} onClose={onClose}>
      <Problem error={error} retry={reload} />
      {owner === null ? null : (
        <>
          <Facts
            of={[
              ['Balance', <Money key="b" amount={owner.balance} currency={owner.currency} />],
              ['Held', <Money key="h" amount={owner.reserved} currency={owner.currency} />],
              ['Available', <Money key="a" amount={owner.available} currency={owner.currency} />],
              ['Low below', <Money key="l" amount={owner.low_below} currency={owner.currency} />],
              [
                'Spent this month',
                spent === undefined ? (
                  '…'
                ) : (
                  <span key="m">
                    <Money amount={spent.cost_usd} currency="USD" /> · <Money amount={spent.cost_inr} currency="INR" />
                  </span>
                ),
              ],
              ['Since', <When key="s" at={owner.created_at} />],
              ['Id', <code key="i">{owner.id}</code>],
            ]}
          />
          <p class="actions">
            <a class="button" href={`/console/keys?owner=${encodeURIComponent(id)}`}>
              Its keys
            </a>
            <a class="button" href={`/console/requests?owner=${encodeURIComponent(id)}`}>
              Its requests
            </a>
            <Download path="/v1/usage/events" body={{ owner_id: id }} name={`requests-${id}`} label="Requests as CSV" />
          </p>
          <BalanceForm owner={owner} onDone={changed} />
          <Fold title="Limits and name">
            <SettingsForm
              path={path}
              groups={[{ title: 'Owner', settings: ownSettings }, ...limitGroups(owner.currency)]}
              values={{ ...owner }}
              onSaved={changed}
            />
          </Fold>
          <Ledger owner={owner} />
        </>
      )}
    </Sheet>
  );
}
