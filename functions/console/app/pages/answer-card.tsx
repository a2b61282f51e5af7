import type { Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { formatExactly } from '../format/format-money.ts';
import { formatMs } from '../format/format-time.ts';
import { Facts } from '../parts/facts.tsx';
import type { Answer } from '../state/ask-models.ts';
import { DecisionView } from './decision-view.tsx';

/** The answers of some models side by side, as they grow: nothing else of the page is made anew with each of their words. */
export function AnswerCards({ answers, isRunning }: { answers: Signal<readonly Answer[]>; isRunning: boolean }) {
  return (
    <div class="answers" aria-live="polite" aria-busy={isRunning}>
      {answers.value.map((answer, at) => (
        <AnswerCard key={`${answer.model} ${at}`} answer={answer} isRunning={isRunning} />
      ))}
    </div>
  );
}

interface AnswerCardProps {
  answer: Answer;
  isRunning: boolean;
}

function AnswerCard({ answer, isRunning }: AnswerCardProps) {
  return useMemo(() => <Said answer={answer} isRunning={isRunning} />, [answer, isRunning]);
}

/** What a model said, and what that was in time, tokens and money. */
function Said({ answer, isRunning }: AnswerCardProps) {
  const { model, text, toolCalls, error, requestId, provider, promptTokens, completionTokens, cost, firstMs, wholeMs } =
    answer;
  const { decision } = answer;
  // What is not known when all is over is not waited for.
  const unknown = isRunning ? '…' : '–';
  return (
    <article class="card">
      <h2>{model}</h2>
      <p class="said">{text}</p>
      {toolCalls.map((call) => (
        <p key={call.index} class="call">
          asks for <code>{`${call.function.name}(${call.function.arguments})`}</code>
        </p>
      ))}
      {error === null ? null : <p class="problem">{error}</p>}
      <Facts
        of={[
          ['Cost', cost === null ? unknown : formatExactly(cost, 'USD')],
          ['Tokens', promptTokens === null ? unknown : `${promptTokens} in, ${completionTokens} out`],
          ['First words', firstMs === null ? unknown : formatMs(firstMs)],
          ['Until now', wholeMs === null ? unknown : formatMs(wholeMs)],
          ['From', provider ?? unknown],
          [
            'Request',
            requestId === null ? (
              unknown
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
          <DecisionView decision={decision} />
        </details>
      )}
    </article>
  );
}
