import { Download } from '../parts/download.tsx';
import { Facts } from '../parts/facts.tsx';
import { Money } from '../parts/money.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Owner } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';
import { BalanceForm } from './balance-form.tsx';
import { Ledger } from './ledger.tsx';

interface OwnerSheetProps {
  id: string;
  onClose: () => void;
  onChanged: () => void;
}

export function OwnerSheet({ id, onClose, onChanged }: OwnerSheetProps) {
  const path = `/v1/owners/${encodeURIComponent(id)}`;
  const { data: owner, error, reload } = useLoad(path, (signal) => ask<Owner>(path, { signal }));
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
            <Download path="/v1/usage/events" body={{ owner_id: id }} name={`requests-${id}`} />
          </p>
          <BalanceForm
            owner={owner}
            onDone={() => {
              reload();
              onChanged();
            }}
          />
          <Ledger owner={owner} />
        </>
      )}
    </Sheet>
  );
}
