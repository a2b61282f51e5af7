import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { codeFor } from '../connect/code-for.ts';
import { Code } from '../parts/copy.tsx';
import { Heading } from '../parts/heading.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAct } from '../parts/use-act.ts';
import { ask } from '../state/api.ts';
import { type Answer, askModels, type Message, type ToolCall, toRequest } from '../state/ask-models.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';
import { AnswerCards } from './answer-card.tsx';
import { PlaygroundSettings, toSettings } from './playground-settings.tsx';
import { Turns } from './turns.tsx';

const MAX_MODELS = 4;

/** Asks one model, or up to four side by side. What is said is in this page alone: not in its address, not in any storage. */
export function Playground() {
  const { query, go } = usePlace();
  const named = (query.get('models') ?? '').split(',').filter(Boolean).slice(0, MAX_MODELS);
  const [text, setText] = useState('');
  const [image, setImage] = useState<string | null>(null);
  const [results, setResults] = useState<Readonly<Record<string, string>>>({});
  const [settings, setSettings] = useState({ system: '', tools: '' });
  const [history, setHistory] = useState<readonly Message[]>([]);
  const answers = useSignal<readonly Answer[]>([]);
  const [sent, setSent] = useState<ReturnType<typeof toRequest> | null>(null);
  /** Whether the card shows the last answer of the conversation, and not one that was stopped or failed. */
  const [isAnswered, setAnswered] = useState(false);
  const stop = useRef<AbortController | null>(null);
  const { run, isRunning, error } = useAct();
  const known = useLoad('models', async (signal) => {
    const { data } = await ask<{ data: { id: string }[] }>('/v1/models', { signal });
    return data.map(({ id }) => id);
  });
  const models = named.length > 0 ? named : (known.data ?? []).slice(0, 1);

  const asked = unansweredOf(history);
  // The newest answer of a conversation has a card of its own.
  const hasCard = !isRunning && isAnswered && history.at(-1)?.role === 'assistant';
  // Whoever goes elsewhere does not pay for what nobody sees.
  useEffect(() => () => stop.current?.abort(), []);
  const submit = async () => {
    const messages: Message[] = [
      ...history,
      ...(asked.length > 0 ? toResults(asked, results) : [toMessage(text, image)]),
    ];
    const request = toRequest(models, messages, toSettings(settings));
    setSent(request);
    setAnswered(false);
    answers.value = [];
    const end = new AbortController();
    stop.current = end;
    try {
      const tell = (some: readonly Answer[]) => {
        if (!end.signal.aborted) answers.value = some;
      };
      const whole = await askModels(models, request, tell, end.signal);
      if (end.signal.aborted) return;
      tell(whole);
      const [first] = whole;
      // A conversation goes on with one model; side by side each question stands for itself.
      if (models.length === 1 && first !== undefined && first.error === null) {
        const asks = first.toolCalls.map(({ index: _, ...call }) => call);
        const calls = asks.length > 0 ? { tool_calls: asks } : {};
        setHistory([...messages, { role: 'assistant', content: first.text || null, ...calls }]);
        setAnswered(true);
        setText('');
        setImage(null);
        setResults({});
      }
    } catch (problem) {
      if (!end.signal.aborted) throw problem;
    }
  };
  const begin = () => {
    stop.current?.abort();
    setHistory([]);
    setResults({});
    setSent(null);
    answers.value = [];
  };
  const setModel = (at: number, name: string) => {
    const next = [...models];
    if (name === '') next.splice(at, 1);
    else next[at] = name;
    go({ models: next.join(',') }, true);
  };
  return (
    <>
      <Heading title="Playground">
        {history.length > 0 ? (
          <button type="button" onClick={begin}>
            New conversation
          </button>
        ) : null}
      </Heading>
      <Problem error={known.error} retry={known.reload} />
      <Turns history={hasCard ? history.slice(0, -1) : history} />
      <AnswerCards answers={answers} isRunning={isRunning} />
      <form
        class="balance"
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          run(submit);
        }}
      >
        <div class="pair">
          {Array.from({ length: Math.min(models.length + 1, MAX_MODELS) }, (_, at) => (
            <label key={at}>
              {at === 0 ? 'Model' : 'Beside it'}
              <input
                list="playground-models"
                required={at === 0}
                placeholder={at === 0 ? '' : 'none'}
                value={models[at] ?? ''}
                onChange={(event) => setModel(at, event.currentTarget.value.trim())}
              />
            </label>
          ))}
          <datalist id="playground-models">
            {(known.data ?? []).map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </div>
        <PlaygroundSettings texts={settings} onChange={setSettings} />
        {asked.map(({ id, function: { name, arguments: given } }) => (
          <label key={id}>
            Result of {`${name}(${given})`}
            <textarea
              required
              rows={2}
              value={results[id] ?? ''}
              onInput={(event) => setResults({ ...results, [id]: event.currentTarget.value })}
            />
          </label>
        ))}
        {asked.length > 0 ? null : (
          <>
            <label>
              Message
              <textarea required rows={4} value={text} onInput={(event) => setText(event.currentTarget.value)} />
            </label>
            <label>
              Image
              {/* A new one after each answer: a file that went is not named as if it went again. */}
              <input
                key={history.length}
                type="file"
                accept="image/*"
                onChange={(event) => readImage(event.currentTarget.files?.[0], setImage)}
              />
            </label>
          </>
        )}
        <div class="actions">
          <button type="submit" class="main" disabled={isRunning || models.length === 0}>
            {isRunning ? 'Answering…' : 'Send'}
          </button>
          {isRunning ? (
            <button type="button" onClick={() => stop.current?.abort()}>
              Stop
            </button>
          ) : null}
        </div>
        <Problem error={error} />
      </form>
      {sent === null ? null : (
        <details>
          <summary>The same request as code</summary>
          {codeFor(location.origin, sent.path, sent.body).map(([name, code]) => (
            <section key={name}>
              <h2>{name}</h2>
              <Code text={code} label={`The request in ${name}`} />
            </section>
          ))}
        </details>
      )}
    </>
  );
}

/** Calls of tools that the last answer asked for: whoever asked it says what comes of them. */
function unansweredOf(history: readonly Message[]): readonly ToolCall[] {
  const last = history.at(-1);
  return last?.role === 'assistant' ? (last.tool_calls ?? []) : [];
}

function toResults(asked: readonly ToolCall[], results: Readonly<Record<string, string>>): Message[] {
  return asked.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: results[id] ?? '' }));
}

function toMessage(text: string, image: string | null): Message {
  if (image === null) return { role: 'user', content: text };
  return {
    role: 'user',
    content: [
      { type: 'text', text },
      { type: 'image_url', image_url: { url: image } },
    ],
  };
}

function readImage(file: File | undefined, done: (url: string | null) => void): void {
  if (file === undefined) {
    done(null);
    return;
  }
  const reader = new FileReader();
  reader.onload = () => done(String(reader.result));
  reader.readAsDataURL(file);
}
