import { readdirSync, readFileSync } from 'node:fs';
import { createRandom } from '../sim/random.ts';

/** A piece of text to measure. */
export interface Sample {
  kind: string;
  /** Whether it is what people send, or made to be as bad as it can be. */
  ordinary: boolean;
  text: string;
}

const root = new URL('../../', import.meta.url);
/** Long enough to say something, short enough that one bad spot is not lost in it. UTF-16 units. */
export const LONG_WINDOW = 300;
const WINDOWS = [60, LONG_WINDOW];
const MOST_WINDOWS = 60;
const RANDOM_WINDOWS = 20;

/** Texts of our own in many scripts, by kind. */
export const ownTexts = JSON.parse(readFileSync(new URL('./texts.json', import.meta.url), 'utf8')) as Record<
  string,
  string[]
>;

/** Languages whose words `Intl` knows: names of regions, languages, currencies and days. */
const locales = {
  arabic: ['ar', 'fa', 'ur'],
  armenian: ['hy'],
  bengali: ['bn', 'as'],
  chinese: ['zh', 'zh-Hant'],
  cyrillic: ['ru', 'uk', 'bg', 'sr', 'kk'],
  ethiopic: ['am'],
  georgian: ['ka'],
  greek: ['el'],
  hebrew: ['he'],
  hindi: ['hi', 'mr', 'ne'],
  indic: ['ta', 'te', 'kn', 'ml', 'gu', 'pa', 'or', 'si'],
  japanese: ['ja'],
  korean: ['ko'],
  latin: ['de', 'fr', 'es', 'pt', 'it', 'nl', 'sv', 'fi', 'hu', 'cs', 'pl', 'ro', 'tr', 'vi', 'id', 'sw'],
  other: ['km', 'lo', 'my'],
  thai: ['th'],
} as const;

/** Everything that is measured. The same each time, but for what the project's own files are made of by then. */
export function corpus(seed: number): Sample[] {
  return [
    ...Object.entries(ownTexts).flatMap(([kind, texts]) =>
      texts.flatMap((text) => [whole(kind, text), ...cut(kind, text)]),
    ),
    ...cut('english', prose()),
    ...Object.entries(spelled).flatMap(([kind, spell]) => cut(kind, spell(prose()))),
    ...cut('code', files('functions/core', '.ts') + files('functions/router/way', '.ts')),
    ...cut('code', readFileSync(new URL('node_modules/undici/lib/dispatcher/client-h1.js', root), 'utf8')),
    ...cut('json', readFileSync(new URL('functions/catalogue/data/anthropic.json', root), 'utf8')),
    ...Object.entries(locales).flatMap(([kind, some]) =>
      some.flatMap((locale) =>
        // A short piece of a list has nothing but rare names.
        kind === 'latin' ? cut(kind, wordsOf(locale, plain), [LONG_WINDOW]) : cut(kind, wordsOf(locale, all)),
      ),
    ),
    ...worst(seed),
  ];
}

/** Lists of the names of small languages, in languages of Latin letters: what is rarest of what people write. */
export function rareNames(): Sample[] {
  return locales.latin.flatMap((locale) => cut('names of languages', wordsOf(locale, ['language'])));
}

/** Words that nobody has, but that are spelled like words: the bound is not made for these, see `measured.md`. */
export function inventedWords(seed: number): Sample[] {
  const { next: random } = createRandom(seed);
  const pick = (from: string) => from[Math.floor(random() * from.length)] as string;
  const syllables = () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick('bcdfglmnprst') + pick('aeio')).join('');
  const invented = () => Array.from({ length: 40 }, syllables).join(' ');
  return [
    ...Array.from({ length: RANDOM_WINDOWS }, () => ({ kind: 'invented words', ordinary: false, text: invented() })),
    ...cut('backwards', [...prose()].reverse().join('')),
  ];
}

/** Prose as people do not write it, or only a headline or a name. */
const spelled: Record<string, (text: string) => string> = {
  'capital letters': (text) => text.toUpperCase(),
  'small letters': (text) => text.toLowerCase(),
  'without spaces': (text) => text.replace(/[^A-Za-z]/g, ''),
  'camel case': (text) => text.replace(/[^A-Za-z]+(.)/g, (_, letter: string) => letter.toUpperCase()),
  'snake case': (text) => text.toLowerCase().replace(/[^a-z]+/g, '_'),
  'constant case': (text) => text.toUpperCase().replace(/[^A-Z]+/g, '_'),
  'a word a line': (text) => text.replace(/\s+/g, '\n'),
  tabs: (text) => text.replace(/\s+/g, '\t'),
  'wide spaces': (text) => text.replace(/\s+/g, '   '),
  'in quotes': (text) => text.replace(/\w+/g, '"$&"'),
};

function whole(kind: string, text: string): Sample {
  return { kind, ordinary: true, text };
}

/** Windows of a text, spread over it. */
function cut(kind: string, text: string, windows: readonly number[] = WINDOWS): Sample[] {
  return windows.flatMap((length) => {
    const starts = Array.from({ length: Math.floor(text.length / length) }, (_, at) => at * length);
    const step = Math.max(1, Math.floor(starts.length / MOST_WINDOWS));
    return starts
      .filter((_, at) => at % step === 0)
      .map((from) => ({ kind, ordinary: true, text: text.slice(from, from + length).toWellFormed() }));
  });
}

function files(folder: string, ending: string): string {
  const at = new URL(`${folder}/`, root);
  const names = readdirSync(at, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(ending));
  return names
    .sort()
    .map((name) => readFileSync(new URL(name, at), 'utf8'))
    .join('');
}

/** The prose of our pages: no tables, no code. */
function prose(): string {
  const lines = files('functions/router/docs', '.md').split('\n');
  return lines.filter((line) => /^[A-Z].{60}/.test(line)).join('\n');
}

/** Names of small languages are no words of a large one: in Latin letters, lists of them are for `rareNames`. */
const plain = ['region', 'currency'] as const;
const all = ['language', ...plain] as const;

function wordsOf(locale: string, types: readonly ('language' | 'region' | 'currency')[]): string {
  const words: string[] = [];
  const of = (type: 'region' | 'language' | 'currency', codes: readonly string[]) => {
    const names = new Intl.DisplayNames([locale], { type, fallback: 'none' });
    for (const code of codes) words.push(names.of(code) ?? '');
  };
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const pairs = letters.flatMap((a) => letters.map((b) => a + b));
  const codes = {
    currency: Intl.supportedValuesOf('currency').slice(0, 120),
    language: pairs,
    region: pairs.map((pair) => pair.toUpperCase()),
  };
  for (const type of types) of(type, codes[type]);
  for (let month = 0; month < 12; month++) {
    const day = new Date(Date.UTC(2026, month, 3 + month));
    words.push(new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone: 'UTC' }).format(day));
  }
  return words.filter((word) => word !== '').join(', ');
}

/** What no person writes: characters drawn by lot, of each script and of each kind of ASCII. */
export function worst(seed: number): Sample[] {
  const { next: random } = createRandom(seed);
  const pick = <T>(from: ArrayLike<T>): T => from[Math.floor(random() * from.length)] as T;
  const draw = (characters: string) => {
    const all = [...characters];
    return () => Array.from({ length: 200 }, () => pick(all)).join('');
  };
  const block = (first: number, last: number) => () =>
    Array.from({ length: 120 }, () => String.fromCodePoint(first + Math.floor(random() * (last - first + 1))))
      .join('')
      .replace(/\p{Cn}/gu, '');
  const lower = 'abcdefghijklmnopqrstuvwxyz';
  const marks = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
  const kinds: Record<string, () => string> = {
    'random letters': draw(lower),
    'random capitals': draw(lower.toUpperCase()),
    'random case': draw(lower + lower.toUpperCase()),
    base64: () => Buffer.from(Array.from({ length: 225 }, () => Math.floor(random() * 256))).toString('base64'),
    base64url: () => Buffer.from(Array.from({ length: 225 }, () => Math.floor(random() * 256))).toString('base64url'),
    hex: draw('0123456789abcdef'),
    HEX: draw('0123456789ABCDEF'),
    'random digits': draw('0123456789'),
    'spaced digits': draw('0123456789 '),
    'random marks': draw(marks),
    'random ASCII': draw(`${lower + lower.toUpperCase() + marks}0123456789 `),
    'random space': draw(' \n\t\r'),
    'random indents': () =>
      Array.from({ length: 40 }, () => pick(['\n', '\t', 'x', ';']) + ' '.repeat(Math.floor(random() * 9))).join(''),
    'single letters': () => Array.from({ length: 100 }, () => pick(lower)).join(' '),
    'letters and marks': () => Array.from({ length: 100 }, () => pick(lower) + pick(marks)).join(''),
    'letters and digits': () => Array.from({ length: 100 }, () => pick(lower) + pick('0123456789')).join(''),
    'one mark': () => pick(marks).repeat(200),
    'one letter': () => pick(lower).repeat(200),
    control: draw('\u0000\u0001\u0007\u001b\u007f'),
    signs: block(0x80, 0xbf),
    'latin letters': block(0xc0, 0x24f),
    ipa: block(0x250, 0x2af),
    'latin marks': block(0x300, 0x36f),
    'vietnamese letters': block(0x1ea0, 0x1ef9),
    'greek letters': block(0x391, 0x3c9),
    'cyrillic letters': block(0x410, 0x44f),
    'rare cyrillic': block(0x460, 0x52f),
    'armenian letters': block(0x531, 0x586),
    'hebrew letters': block(0x5d0, 0x5ea),
    'hebrew points': block(0x591, 0x5c7),
    'arabic letters': block(0x620, 0x64a),
    'rare arabic': block(0x66e, 0x6d3),
    'syriac and nko': block(0x700, 0x7ff),
    'devanagari letters': block(0x905, 0x94d),
    'bengali letters': block(0x985, 0x9cd),
    'tamil letters': block(0xb85, 0xbcd),
    'malayalam letters': block(0xd05, 0xd4d),
    'thai letters': block(0xe01, 0xe4c),
    burmese: block(0x1000, 0x104f),
    'georgian letters': block(0x10d0, 0x10f0),
    'ethiopic letters': block(0x1200, 0x135a),
    khmer: block(0x1780, 0x17d3),
    cherokee: block(0x13a0, 0x13f4),
    polytonic: block(0x1f00, 0x1fff),
    punctuation: block(0x2010, 0x205e),
    symbols: block(0x2070, 0x2bff),
    'kana letters': block(0x3041, 0x30fe),
    wide: block(0xff01, 0xff65),
    'hangul syllables': block(0xac00, 0xd7a3),
    'han by lot': block(0x4e00, 0x9fff),
    'rare han': block(0x3400, 0x4dbf),
    'common han': draw(
      new TextDecoder('gbk')
        .decode(
          Uint8Array.from({ length: 3_760 * 2 }, (_, at) =>
            at % 2 === 0 ? 0xb0 + Math.floor(at / 188) : 0xa1 + (Math.floor(at / 2) % 94),
          ),
        )
        .replace(/[^\u4e00-\u9fff]/g, ''),
    ),
    private: block(0xe000, 0xe200),
    'emoji by lot': block(0x1f300, 0x1faff),
    'mathematical letters': block(0x1d400, 0x1d7ff),
    cuneiform: block(0x12000, 0x12399),
    'han beyond': block(0x20000, 0x2a6df),
  };
  return Object.entries(kinds).flatMap(([kind, make]) =>
    Array.from({ length: RANDOM_WINDOWS }, () => ({ kind, ordinary: false, text: make() })),
  );
}
