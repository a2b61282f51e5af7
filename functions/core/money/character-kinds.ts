/**
 * What kind of character a text is made of, as far as tokenizers differ about it. Each ASCII character is a kind of its own, its
 * code; what lies beyond has kinds by script. All characters of a kind have the same length in UTF-8, or the longest of them has.
 */
export const scriptKinds = [
  'latin',
  'latin marks',
  'latin extended',
  'signs',
  'greek',
  'cyrillic',
  'armenian',
  'hebrew',
  'arabic',
  'marks',
  'rare 2',
  'devanagari',
  'bengali',
  'indic',
  'thai',
  'georgian',
  'ethiopic',
  'punctuation',
  'symbols',
  'kana',
  'hangul',
  'han',
  'rare han',
  'wide',
  'rare 3',
  'emoji',
  'astral',
  'low half',
] as const;
export type ScriptKind = (typeof scriptKinds)[number];

/** Kinds are below it. */
export const KINDS = 160;
const FIRST_SCRIPT = 128;

/** The kind of a UTF-16 code unit, by table. */
export function kindOf(code: number): number {
  return table[code] ?? FIRST_SCRIPT;
}

/** The name of a kind beyond ASCII; null for ASCII. */
export function scriptOf(kind: number): ScriptKind | null {
  return kind < FIRST_SCRIPT ? null : (scriptKinds[kind - FIRST_SCRIPT] ?? null);
}

/** First code units of ranges; each reaches to the next one. */
const ranges: readonly (readonly [number, ScriptKind])[] = [
  [0x80, 'signs'],
  [0xc0, 'latin'],
  [0x250, 'rare 2'],
  [0x300, 'latin marks'],
  [0x370, 'greek'],
  [0x400, 'cyrillic'],
  [0x460, 'rare 2'],
  [0x490, 'cyrillic'],
  [0x4a0, 'rare 2'],
  [0x530, 'armenian'],
  [0x591, 'marks'],
  [0x5d0, 'hebrew'],
  [0x5f0, 'rare 2'],
  [0x60c, 'arabic'],
  [0x64b, 'marks'],
  [0x660, 'arabic'],
  [0x6d6, 'marks'],
  [0x6ee, 'rare 2'],
  [0x800, 'rare 3'],
  [0x900, 'devanagari'],
  [0x980, 'bengali'],
  [0xa00, 'indic'],
  [0xe00, 'thai'],
  [0xe80, 'rare 3'],
  [0x10a0, 'georgian'],
  [0x1100, 'rare 3'],
  [0x1200, 'ethiopic'],
  [0x1380, 'rare 3'],
  [0x1e00, 'latin extended'],
  [0x1f00, 'rare 3'],
  [0x2000, 'punctuation'],
  [0x2070, 'symbols'],
  [0x2c00, 'rare 3'],
  [0x3000, 'wide'],
  [0x3040, 'kana'],
  [0x3100, 'rare 3'],
  [0x4e00, 'rare han'],
  [0xa000, 'rare 3'],
  [0xac00, 'hangul'],
  [0xd7a4, 'rare 3'],
  [0xd800, 'astral'],
  [0xd83c, 'emoji'],
  [0xd83f, 'astral'],
  [0xdc00, 'low half'],
  [0xe000, 'rare 3'],
  [0xfe00, 'symbols'],
  [0xfe10, 'rare 3'],
  [0xff00, 'wide'],
  [0xff66, 'rare 3'],
];

/** Chinese characters that are common somewhere: the first level of GB 2312, of Big5 and of JIS X 0208. */
const commonHan = [
  { encoding: 'gbk', lead: [0xb0, 0xd7], trail: [[0xa1, 0xfe]] },
  {
    encoding: 'big5',
    lead: [0xa4, 0xc6],
    trail: [
      [0x40, 0x7e],
      [0xa1, 0xfe],
    ],
  },
  { encoding: 'euc-jp', lead: [0xb0, 0xcf], trail: [[0xa1, 0xfe]] },
] as const;

const table = makeTable();

function makeTable(): Uint8Array {
  const kinds = new Uint8Array(0x10000);
  for (let code = 0; code < 0x80; code++) kinds[code] = code;
  for (const [at, [first, script]] of ranges.entries()) {
    kinds.fill(FIRST_SCRIPT + scriptKinds.indexOf(script), first, ranges[at + 1]?.[0] ?? 0x10000);
  }
  const han = FIRST_SCRIPT + scriptKinds.indexOf('han');
  const rareHan = FIRST_SCRIPT + scriptKinds.indexOf('rare han');
  for (const { encoding, lead, trail } of commonHan) {
    const bytes: number[] = [];
    for (let row = lead[0]; row <= lead[1]; row++) {
      for (const [first, last] of trail) for (let cell = first; cell <= last; cell++) bytes.push(row, cell);
    }
    for (const character of new TextDecoder(encoding).decode(Uint8Array.from(bytes))) {
      const code = character.charCodeAt(0);
      if (kinds[code] === rareHan) kinds[code] = han;
    }
  }
  return kinds;
}
