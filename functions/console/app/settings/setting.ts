import { toNanos } from '../format/format-money.ts';

/** How a setting is written down in a form. */
export type SettingKind = 'text' | 'count' | 'amount' | 'list' | 'moment' | 'flag' | 'window';

export interface Setting {
  /** Of the API; `spend_caps.daily` is a part of `spend_caps`, whose parts are sent together. */
  name: string;
  title: string;
  kind: SettingKind;
  hint?: string;
}

/** An object of the API, as far as forms look into it. */
export type Values = Readonly<Record<string, unknown>>;

/** What a form shows of a setting. */
export function toText(value: unknown, kind: SettingKind): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.join(', ');
  return kind === 'moment' ? toLocal(new Date(String(value))) : String(value);
}

/** What is sent of it; null clears. Throws a `RangeError` that can be shown. */
export function fromText(text: string, { kind, title }: Setting): unknown {
  const trimmed = text.trim();
  if (kind === 'flag') return trimmed === 'true';
  if (trimmed === '') return null;
  switch (kind) {
    case 'count':
      if (!/^[1-9]\d{0,8}$/.test(trimmed)) throw new RangeError(`${title}: a number from 1 on, or nothing.`);
      return Number(trimmed);
    case 'amount':
      if ((toNanos(trimmed) ?? -1n) < 0n) throw new RangeError(`${title}: an amount such as 25.50, or nothing.`);
      return trimmed;
    case 'list':
      return trimmed.split(/[\s,]+/).filter((part) => part !== '');
    case 'moment':
      return new Date(trimmed).toISOString();
    default:
      return trimmed;
  }
}

/** The value of a setting in an object of the API. */
export function settingOf(values: Values, name: string): unknown {
  return name.split('.').reduce<unknown>((value, part) => (value as Values | null | undefined)?.[part], values);
}

/** What has to be sent so that the API has what a form says: only what is another, and all parts of what is sent in parts. */
export function toPatch(settings: readonly Setting[], values: Values, texts: Readonly<Record<string, string>>): Values {
  const isChanged = ({ name, kind }: Setting) => (texts[name] ?? '') !== toText(settingOf(values, name), kind);
  const wholes = new Set(settings.filter(isChanged).map(({ name }) => name.split('.')[0]));
  const patch: Record<string, unknown> = {};
  for (const setting of settings) {
    const [whole = '', part] = setting.name.split('.');
    if (!wholes.has(whole)) continue;
    const value = fromText(texts[setting.name] ?? '', setting);
    patch[whole] = part === undefined ? value : { ...(patch[whole] as Values | undefined), [part]: value };
  }
  return patch;
}

/** As an input for a date and a time takes it: in the reader's zone. */
function toLocal(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
