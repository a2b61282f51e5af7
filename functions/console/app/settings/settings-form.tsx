import { useState } from 'preact/hooks';
import { Meant } from '../parts/meant.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAct } from '../parts/use-act.ts';
import { ApiProblem, ask } from '../state/api.ts';
import { type Setting, type SettingKind, settingOf, toPatch, toText, type Values } from './setting.ts';

interface SettingsFormProps {
  /** What it is of, in the API. */
  path: string;
  groups: readonly { title: string; settings: readonly Setting[] }[];
  values: Values;
  onSaved: () => void;
}

const windows = ['', 'daily', 'weekly', 'monthly', 'total'];
/** The keyboard of a telephone. */
const inputModes: Partial<Record<SettingKind, 'numeric' | 'decimal'>> = { count: 'numeric', amount: 'decimal' };

/** Changes settings of something: what nobody touched is not sent, and what holds afterwards is what the router answered. */
export function SettingsForm({ path, groups, values, onSaved }: SettingsFormProps) {
  const [changes, setChanges] = useState<Readonly<Record<string, string>>>({});
  const [isMeant, setMeant] = useState(false);
  const [saved, setSaved] = useState<string | null>(null);
  const { run, isRunning, error } = useAct();
  const settings = groups.flatMap((group) => group.settings);
  const textOf = ({ name, kind }: Setting) => changes[name] ?? toText(settingOf(values, name), kind);
  const save = async () => {
    const patch = patchOf(settings, values, Object.fromEntries(settings.map((each) => [each.name, textOf(each)])));
    const names = Object.keys(patch);
    if (names.length === 0) throw new ApiProblem('Nothing was changed.', 0, null, null);
    const now = await ask<Values>(path, { method: 'PATCH', body: { ...patch, ...(isMeant ? { confirm: true } : {}) } });
    setSaved(`Saved. By now: ${names.map((name) => `${name} ${JSON.stringify(now[name])}`).join(', ')}.`);
    setChanges({});
    setMeant(false);
    onSaved();
  };
  return (
    <form
      class="balance"
      onSubmit={(event) => {
        event.preventDefault();
        setSaved(null);
        run(save);
      }}
    >
      {groups.map((group) => (
        <fieldset key={group.title}>
          <legend>{group.title}</legend>
          {group.settings.map((setting) => (
            <SettingInput
              key={setting.name}
              setting={setting}
              text={textOf(setting)}
              onText={(text) => setChanges((was) => ({ ...was, [setting.name]: text }))}
            />
          ))}
        </fieldset>
      ))}
      <Meant error={error} isMeant={isMeant} setMeant={setMeant} what="this cap" />
      <button type="submit" class="main" disabled={isRunning}>
        Save
      </button>
      <p role="status">{saved}</p>
      <Problem error={error} />
    </form>
  );
}

function patchOf(...of: Parameters<typeof toPatch>): Values {
  try {
    return toPatch(...of);
  } catch (mistake) {
    throw new ApiProblem(mistake instanceof RangeError ? mistake.message : 'This is no such value.', 0, null, null);
  }
}

interface SettingInputProps {
  setting: Setting;
  text: string;
  onText: (text: string) => void;
}

function SettingInput({ setting: { title, kind, hint = '' }, text, onText }: SettingInputProps) {
  if (kind === 'flag') {
    return (
      <label class="check">
        <input
          type="checkbox"
          checked={text === 'true'}
          onChange={(event) => onText(String(event.currentTarget.checked))}
        />
        {title}
      </label>
    );
  }
  const onInput = (event: { currentTarget: HTMLInputElement }) => onText(event.currentTarget.value);
  if (kind === 'moment') {
    return (
      <label>
        {title}
        <input type="datetime-local" step={1} value={text} onInput={onInput} />
      </label>
    );
  }
  if (kind === 'window') {
    return (
      <label>
        {title}
        <select value={text} onChange={(event) => onText(event.currentTarget.value)}>
          {windows.map((name) => (
            <option key={name} value={name}>
              {name === '' ? '–' : name}
            </option>
          ))}
        </select>
      </label>
    );
  }
  return (
    <label>
      {title}
      <input inputMode={inputModes[kind] ?? 'text'} placeholder={hint} value={text} onInput={onInput} />
    </label>
  );
}
