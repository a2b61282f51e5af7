import { KINDS, kindOf, type ScriptKind, scriptKinds, scriptOf } from './character-kinds.ts';
import { MAX_RARITY, rarityOf } from './letter-pairs.ts';
import { copyUnits, UNITS, units } from './text-units.ts';

/** What a character can be to a tokenizer, by its kind and by the kind before it. */
const asciiClasses = [
  'word',
  'word after mark',
  'word after digit',
  'word after line',
  'word after script',
  ...Array.from({ length: MAX_RARITY + 1 }, (_, rarity) => `letter ${rarity}`),
  ...Array.from({ length: MAX_RARITY + 1 }, (_, rarity) => `capital ${rarity}`),
  'same letter',
  'hump',
  'long run',
  'number',
  'number after space',
  'digit',
  'mark',
  'mark after space',
  'other mark',
  'same mark',
  'space',
  'more space',
  'indent',
  'tab',
  'more tab',
  'line',
  'more line',
  'control',
] as const;

export type CharacterClass = string;
/** The names of all classes: a script's first character of a run, and what follows it, are two. */
export const characterClasses: readonly CharacterClass[] = [
  ...asciiClasses,
  ...scriptKinds.flatMap((script) => [script, `more ${script}`]),
];

const index = new Map(characterClasses.map((name, at) => [name, at]));
/** Classes up to this one go on with a run of letters. */
const LAST_OF_RUN = asciiClasses.indexOf('same letter');
/** No word of a language has more letters: what goes on for longer is not known as a whole. */
const LONG_RUN = 12;
const LONG = asciiClasses.indexOf('long run');
const START = 0;
const SPACE = 32;
const TAB = 9;
const isBreak = (kind: number) => kind === 10 || kind === 13;
const isDigit = (kind: number) => kind >= 48 && kind <= 57;
const isCapital = (kind: number) => kind >= 65 && kind <= 90;
const isLetter = (kind: number) => isCapital(kind) || (kind >= 97 && kind <= 122);
const isMark = (kind: number) => kind > SPACE && kind < 127 && !isLetter(kind) && !isDigit(kind);

/** By the kind before, then by the kind: the class of a character. */
const transitions = makeTransitions();
/** By class: all bits where it goes on with a run of letters, none where it ends one. */
const goesOn = Int8Array.from(characterClasses, (_, at) => (at <= LAST_OF_RUN ? -1 : 0));

/** How many characters of each class texts have. A text may come in pieces, cut anywhere. */
export class CharacterCounts {
  readonly #counts = new Uint32Array(characterClasses.length);
  #before = START;
  /** Letters of the run that it is in. */
  #run = 0;

  add(text: string): void {
    for (let from = 0; from < text.length; from += UNITS) this.#addUnits(copyUnits(text, from));
  }

  /** One pass, two look-ups for each character, and no branch on what it is: a processor cannot guess where a word ends. */
  #addUnits(length: number): void {
    const counts = this.#counts;
    let before = this.#before;
    let run = this.#run;
    for (let at = 0; at < length; at++) {
      const kind = kindOf(units[at] as number);
      const found = transitions[before * KINDS + kind] as number;
      run = (run + 1) & (goesOn[found] as number);
      const counted = run > LONG_RUN ? LONG : found;
      counts[counted] = (counts[counted] as number) + 1;
      before = kind;
    }
    this.#before = before;
    this.#run = run;
  }

  /** What comes next is another text. */
  end(): void {
    this.#before = START;
    this.#run = 0;
  }

  /** Goes on from where another one is. */
  become(other: CharacterCounts): void {
    this.#counts.set(other.#counts);
    this.#before = other.#before;
    this.#run = other.#run;
  }

  /** By the place of `characterClasses`. */
  get counts(): Readonly<Uint32Array> {
    return this.#counts;
  }
}

function makeTransitions(): Uint8Array {
  const table = new Uint8Array(KINDS * KINDS);
  for (let before = 0; before < KINDS; before++) {
    for (let kind = 0; kind < KINDS; kind++) {
      table[before * KINDS + kind] = index.get(classOf(before, kind)) ?? 0;
    }
  }
  return table;
}

function classOf(before: number, kind: number): CharacterClass {
  const script = scriptOf(kind);
  if (script !== null) return scriptClass(before, kind, script);
  if (kind >= 128) return 'more rare 3';
  if (isLetter(kind)) return letterClass(before, kind);
  if (isDigit(kind)) return isDigit(before) ? 'digit' : before === SPACE ? 'number after space' : 'number';
  if (kind === SPACE) return before === SPACE ? 'more space' : before === TAB || isBreak(before) ? 'indent' : 'space';
  if (kind === TAB) return before === TAB ? 'more tab' : 'tab';
  if (isBreak(kind)) return isBreak(before) ? 'more line' : 'line';
  if (kind < SPACE || kind === 127) return 'control';
  if (before === kind) return 'same mark';
  if (before === SPACE) return 'mark after space';
  return isMark(before) ? 'other mark' : 'mark';
}

function scriptClass(before: number, kind: number, script: ScriptKind): CharacterClass {
  const goesOn = before === kind || (script === 'latin' && (isLetter(before) || scriptOf(before) === 'latin extended'));
  return goesOn ? `more ${script}` : script;
}

function letterClass(before: number, kind: number): CharacterClass {
  if (before === kind) return 'same letter';
  if (isLetter(before)) {
    if (isCapital(kind)) return isCapital(before) ? `capital ${rarityOf(before, kind)}` : 'hump';
    return `letter ${rarityOf(before, kind)}`;
  }
  if (before === SPACE) return 'word';
  if (before === START || before === TAB || isBreak(before)) return 'word after line';
  if (isDigit(before)) return 'word after digit';
  return before >= 128 ? 'word after script' : 'word after mark';
}
