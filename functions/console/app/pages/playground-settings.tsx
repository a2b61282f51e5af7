import { Mistake } from '../state/api.ts';
import type { Settings } from '../state/ask-models.ts';

/** As they are typed. */
export interface SettingTexts {
  system: string;
  /** JSON. */
  tools: string;
}

/** A function to begin with: what tools look like is hard to remember. */
const SAMPLE = JSON.stringify(
  [
    {
      type: 'function',
      function: {
        name: 'weather',
        description: 'The weather of a place',
        parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
      },
    },
  ],
  null,
  2,
);

/** Throws a `Mistake` where the tools are no list. */
export function toSettings({ system, tools }: SettingTexts): Settings {
  if (tools.trim() === '') return { system, tools: null };
  try {
    const list: unknown = JSON.parse(tools);
    if (Array.isArray(list)) return { system, tools: list };
  } catch {
    // Told below, in the same words.
  }
  throw new Mistake('Tools have to be a list in JSON.');
}

/** What the models are told first, and what they may ask for. */
export function PlaygroundSettings({
  texts,
  onChange,
}: {
  texts: SettingTexts;
  onChange: (texts: SettingTexts) => void;
}) {
  return (
    <details>
      <summary>System prompt and tools</summary>
      <label>
        System prompt
        <textarea
          rows={3}
          value={texts.system}
          onInput={(event) => onChange({ ...texts, system: event.currentTarget.value })}
        />
      </label>
      <label>
        Tools, as JSON
        <textarea
          rows={6}
          class="mono"
          spellcheck={false}
          value={texts.tools}
          onInput={(event) => onChange({ ...texts, tools: event.currentTarget.value })}
        />
      </label>
      {texts.tools === '' ? (
        <button type="button" onClick={() => onChange({ ...texts, tools: SAMPLE })}>
          Begin with a sample
        </button>
      ) : null}
    </details>
  );
}
