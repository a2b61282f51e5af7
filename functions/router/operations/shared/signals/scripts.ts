/**
 * The script of a letter by its UTF-16 code unit, after Unicode's Blocks.txt. Japanese kana count with Chinese characters, as
 * `cjk`; half a character beyond the basic plane counts as no letter.
 */
const blocks: readonly (readonly [first: number, last: number, script: Script])[] = [
  [0x0041, 0x005a, 'latin'],
  [0x0061, 0x007a, 'latin'],
  [0x00c0, 0x024f, 'latin'],
  [0x0370, 0x03ff, 'greek'],
  [0x0400, 0x052f, 'cyrillic'],
  [0x0530, 0x058f, 'armenian'],
  [0x0590, 0x05ff, 'hebrew'],
  [0x0600, 0x06ff, 'arabic'],
  [0x0750, 0x077f, 'arabic'],
  [0x08a0, 0x08ff, 'arabic'],
  [0x0900, 0x097f, 'devanagari'],
  [0x0980, 0x09ff, 'bengali'],
  [0x0a00, 0x0a7f, 'gurmukhi'],
  [0x0a80, 0x0aff, 'gujarati'],
  [0x0b00, 0x0b7f, 'odia'],
  [0x0b80, 0x0bff, 'tamil'],
  [0x0c00, 0x0c7f, 'telugu'],
  [0x0c80, 0x0cff, 'kannada'],
  [0x0d00, 0x0d7f, 'malayalam'],
  [0x0d80, 0x0dff, 'sinhala'],
  [0x0e00, 0x0e7f, 'thai'],
  [0x0e80, 0x0eff, 'lao'],
  [0x0f00, 0x0fff, 'tibetan'],
  [0x1000, 0x109f, 'burmese'],
  [0x10a0, 0x10ff, 'georgian'],
  [0x1100, 0x11ff, 'hangul'],
  [0x1200, 0x139f, 'ethiopic'],
  [0x1780, 0x17ff, 'khmer'],
  [0x1e00, 0x1eff, 'latin'],
  [0x1f00, 0x1fff, 'greek'],
  [0x3040, 0x312f, 'cjk'],
  [0x3130, 0x318f, 'hangul'],
  [0x3400, 0x4dbf, 'cjk'],
  [0x4e00, 0x9fff, 'cjk'],
  [0xac00, 0xd7af, 'hangul'],
  [0xf900, 0xfaff, 'cjk'],
  [0xfb50, 0xfdff, 'arabic'],
  [0xfe70, 0xfeff, 'arabic'],
  [0xff21, 0xff5a, 'latin'],
  [0xff66, 0xff9f, 'cjk'],
];

export const scripts = [
  'latin',
  'greek',
  'cyrillic',
  'armenian',
  'hebrew',
  'arabic',
  'devanagari',
  'bengali',
  'gurmukhi',
  'gujarati',
  'odia',
  'tamil',
  'telugu',
  'kannada',
  'malayalam',
  'sinhala',
  'thai',
  'lao',
  'tibetan',
  'burmese',
  'georgian',
  'hangul',
  'ethiopic',
  'khmer',
  'cjk',
] as const;
export type Script = (typeof scripts)[number];

export interface ScriptShares {
  /** What most letters are; null where there are none. */
  script: Script | null;
  /** Letters of all other scripts than Latin among all letters, from 0 to 1. */
  nonLatin: number;
}

/** One pass over the text. */
export function readScripts(text: string): ScriptShares {
  const counts = new Map<Script, number>();
  let letters = 0;
  for (let at = 0; at < text.length; at++) {
    const script = scriptOf(text.charCodeAt(at));
    if (script === null) continue;
    letters++;
    counts.set(script, (counts.get(script) ?? 0) + 1);
  }
  if (letters === 0) return { script: null, nonLatin: 0 };
  const [[script]] = [...counts].sort(([, a], [, b]) => b - a) as [[Script, number]];
  return { script, nonLatin: 1 - (counts.get('latin') ?? 0) / letters };
}

function scriptOf(code: number): Script | null {
  if (code < 0x80) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) ? 'latin' : null;
  const block = blocks.find(([, last]) => code <= last);
  return block !== undefined && code >= block[0] ? block[2] : null;
}
