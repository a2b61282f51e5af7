/**
 * Our own credentials, as an upstream may send them back: in an error, an identifier, a parameter. What was sent to upstreams
 * is remembered here, once for the whole process, since whatever says something of an upstream's has to be free of it.
 */

/** What is shorter is too likely a part of an ordinary text. Characters. */
export const LEAST_SECRET_LENGTH = 12;
/** Credentials remembered, each in some forms; those that were learned first are forgotten first, until they are used again. */
export const MAX_KNOWN_CREDENTIALS = 1_000;
const CONCEALED = '[credential]';

/** Forms of each credential, the longest first, by its text. */
const known = new Map<string, readonly string[]>();
/** All forms, each with its beginning, by which a text that was cut off is found. */
let needles: readonly { whole: string; start: string }[] = [];

/** Remembers a credential that is sent to an upstream. A JSON text stands for the texts in it. */
export function rememberCredential(text: string): void {
  if (known.has(text)) return;
  known.set(text, formsOf(text));
  clean.clear();
  if (known.size > MAX_KNOWN_CREDENTIALS) known.delete(known.keys().next().value ?? '');
  const all = new Set([...known.values()].flat());
  needles = [...all]
    .sort((a, b) => b.length - a.length)
    .map((whole) => ({ whole, start: whole.slice(0, LEAST_SECRET_LENGTH) }));
}

/** Texts without any of them, since each chunk of an answer says the same ones again. */
const clean = new Set<string>();
const MAX_CLEAN = 1_000;
const MAX_CLEAN_LENGTH = 256;

/** A text of an upstream without our credentials, also where it ends within one. */
export function concealCredentials(text: string): string {
  if (text.length < LEAST_SECRET_LENGTH || clean.has(text)) return text;
  const concealed = searched(text);
  if (concealed === text && text.length <= MAX_CLEAN_LENGTH) {
    if (clean.size >= MAX_CLEAN) clean.clear();
    clean.add(text);
  }
  return concealed;
}

function searched(text: string): string {
  let concealed = text;
  for (const { whole, start } of needles) {
    let at = concealed.indexOf(start);
    while (at >= 0) {
      const rest = concealed.slice(at, at + whole.length);
      // All of it, or all that is left of a text that was cut.
      if (whole.startsWith(rest)) {
        concealed = `${concealed.slice(0, at)}${CONCEALED}${concealed.slice(at + rest.length)}`;
        at = concealed.indexOf(start, at + CONCEALED.length);
      } else {
        at = concealed.indexOf(start, at + 1);
      }
    }
  }
  return concealed;
}

/** Keys whose texts are a model's own: they are passed on as they are. */
const MODEL_TEXT = new Set(['content', 'refusal', 'reasoning', 'text', 'summary', 'arguments', 'logprobs', 'usage']);

/** A piece of an answer with our credentials taken out of everything but the model's own text. The same where there are none. */
export function concealInAnswer<T>(answer: T): T {
  return needles.length === 0 ? answer : (conceal(answer) as T);
}

function conceal(value: unknown): unknown {
  if (typeof value === 'string') return concealCredentials(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return concealItems(value);
  let changed: Record<string, unknown> | null = null;
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key];
    if (MODEL_TEXT.has(key) && !Array.isArray(part)) continue;
    const concealed = conceal(part);
    if (concealed === part) continue;
    changed ??= { ...value };
    changed[key] = concealed;
  }
  return changed ?? value;
}

function concealItems(items: readonly unknown[]): readonly unknown[] {
  let changed: unknown[] | null = null;
  for (let at = 0; at < items.length; at++) {
    const concealed = conceal(items[at]);
    if (concealed === items[at]) continue;
    changed ??= [...items];
    changed[at] = concealed;
  }
  return changed ?? items;
}

function formsOf(credential: string): string[] {
  const texts = new Set<string>();
  for (const text of textsIn(credential)) {
    // A header's value may begin with the name of its scheme.
    for (const part of [text, text.slice(text.lastIndexOf(' ') + 1)]) {
      const base64 = Buffer.from(part).toString('base64');
      texts.add(part);
      const inUrl = encodeURIComponent(part);
      texts.add(inUrl);
      // .NET writes escapes in small letters.
      texts.add(inUrl.replace(/%../g, (code) => code.toLowerCase()));
      texts.add(JSON.stringify(part).slice(1, -1));
      texts.add(part.replaceAll('/', '\\/'));
      texts.add(base64);
      texts.add(base64.replace(/=+$/, ''));
      texts.add(Buffer.from(part).toString('base64url'));
    }
  }
  return [...texts].filter((text) => text.length >= LEAST_SECRET_LENGTH);
}

function textsIn(credential: string): string[] {
  if (!credential.startsWith('{')) return [credential];
  try {
    const parsed: unknown = JSON.parse(credential);
    return [credential, ...Object.values(parsed as object).filter((value) => typeof value === 'string')];
  } catch {
    return [credential];
  }
}
