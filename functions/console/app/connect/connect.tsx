import { useState } from 'preact/hooks';
import { Code } from '../parts/copy.tsx';
import { snippetsFor } from './snippets.ts';

/** How to use a key, for each client, filled in. `models`: those that the key may use; a name can be typed as well. */
export function Connect({ secret, models }: { secret: string; models: readonly string[] }) {
  const [model, setModel] = useState(models[0] ?? 'auto');
  const [client, setClient] = useState('claude-code');
  const snippets = snippetsFor(location.origin, secret, model);
  const shown = snippets.find(({ id }) => id === client) ?? snippets[0];
  if (shown === undefined) return null;
  return (
    <section class="connect">
      <h3>Connect</h3>
      <div class="pair">
        <label>
          Client
          <select value={client} onChange={(event) => setClient(event.currentTarget.value)}>
            {snippets.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          Model
          <input list="connect-models" value={model} onInput={(event) => setModel(event.currentTarget.value)} />
          <datalist id="connect-models">
            {models.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
      </div>
      <p class="dim">{shown.where}</p>
      <Code text={shown.text} label={`Lines for ${shown.title}`} />
    </section>
  );
}
