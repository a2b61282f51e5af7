import { formatExactly } from '../format/format-money.ts';
import { formatMs } from '../format/format-time.ts';
import { Facts } from '../parts/facts.tsx';
import type { Answer } from '../state/ask-models.ts';

/** What a model said, and what that was in time, tokens and money. */
export function AnswerCard({ answer }: { answer: Answer }) {
  const { model, text, error, requestId, provider, promptTokens, completionTokens, cost, firstMs, wholeMs, decision } =
    answer;
  return (
    <article class="card">
      <h2>{model}</h2>
      <p class="said">{text}</p>
      {error === null ? null : <p class="problem">{error}</p>}
      <Facts
        of={[
          ['Cost', cost === null ? '…' : formatExactly(cost, 'USD')],
          ['Tokens', promptTokens === null ? '…' : `${promptTokens} in, ${completionTokens} out`],
          ['First words', firstMs === null ? '…' : formatMs(firstMs)],
          ['Until now', wholeMs === null ? '…' : formatMs(wholeMs)],
          ['From', provider ?? '…'],
          [
            'Request',
            requestId === null ? (
              '…'
            ) : (
              <a key="r" href={`/console/requests?open=${encodeURIComponent(requestId)}`}>
                {requestId}
              </a>
            ),
          ],
        ]}
      />
      {decision === null ? null : (
        <details>
          <summary>Decision</summary>
          <pre>{JSON.stringify(decision, null, 2)}</pre>
        </details>
      )}
    </article>
  );
}
