import { ChangeModel } from '../catalogue/change-model.tsx';
import { perMillion } from '../format/format-price.ts';
import { formatMs } from '../format/format-time.ts';
import { Facts } from '../parts/facts.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { Table } from '../parts/table.tsx';
import type { EndpointHealth } from '../state/replies.ts';
import { session } from '../state/session.ts';

interface ModelSheetProps {
  id: string;
  endpoints: readonly EndpointHealth[];
  onClose: () => void;
  onChanged: () => void;
}

const tokens = (count: number) => count.toLocaleString('en-US');

/** One model: what it can, where it is served and for how much; an operator changes that. */
export function ModelSheet({ id, endpoints, onClose, onChanged }: ModelSheetProps) {
  const can = [...new Set(endpoints.flatMap(({ supported_parameters }) => supported_parameters))].sort();
  const most = (of: (endpoint: EndpointHealth) => number) => Math.max(0, ...endpoints.map(of));
  return (
    <Sheet title={id} onClose={onClose}>
      <Facts
        of={[
          ['Context', `${tokens(most(({ context_length }) => context_length))} tokens`],
          ['Answers up to', `${tokens(most(({ max_completion_tokens }) => max_completion_tokens))} tokens`],
          ['Can', can.length === 0 ? '–' : can.join(', ').replaceAll('_', ' ')],
        ]}
      />
      <section>
        <h3>Where it is served</h3>
        <Table
          label="Where it is served"
          rows={endpoints.map((endpoint) => ({ ...endpoint, id: endpoint.endpoint }))}
          columns={[
            { name: 'Endpoint', cell: ({ endpoint }) => endpoint },
            { name: 'Input', isFigure: true, cell: ({ pricing }) => perMillion(pricing.prompt) },
            { name: 'Cached', isFigure: true, cell: ({ pricing }) => perMillion(pricing.input_cache_read) },
            { name: 'Output', isFigure: true, cell: ({ pricing }) => perMillion(pricing.completion) },
            { name: 'First token', isFigure: true, cell: ({ first_token_ms }) => formatMs(first_token_ms) },
          ]}
          empty="It is served nowhere: no credential is there for it, or it was taken away."
        />
        <p class="dim">Dollars for a million tokens.</p>
      </section>
      {session.value?.kind === 'operator' ? <ChangeModel id={id} onChanged={onChanged} /> : null}
    </Sheet>
  );
}
