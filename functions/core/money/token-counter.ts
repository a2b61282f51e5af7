import { copyUnits, UNITS, units } from './text-units.ts';

/**
 * Counting tokens without a tokenizer.
 *
 * `TokenCounter` is what an answer is charged by when a provider reports no usage, and what a rate of tokens reserves for an
 * input. The rule reads characters in runs, as byte-pair encodings split text: a word of letters is about one token, more
 * where it is long, less where it follows a single mark that is one token with it; digits come in threes; marks after the
 * first of a run cost less; a single space belongs to the word after it, and more of them are an indent. The constants were
 * fitted to OpenAI's o200k_base on some hundred texts. `tokens.test.ts` has texts that they were not fitted to, with their
 * true counts: English, Hindi, code and JSON are within 10 %.
 * The same rule stands for all formats: Claude's and Gemini's tokenizers are not public, and Google's own figure of four
 * characters a token agrees with it for English.
 *
 * Money is held by `mostTokens` of `tokenizers.ts`, and by UTF-8 bytes at the outermost: tokenizers fall back to single bytes
 * at worst. An estimate never exceeds those.
 */
/** The constants below, in tokens, are whole hundredths: so they are added up, without a digit lost. */
const PARTS = 100;
const WORD = 0.95;
/** Letters of a word beyond the seventh, and beyond the tenth. */
const LONG_WORD = 7;
const LONG_LETTER = 0.16;
const VERY_LONG_WORD = 10;
const VERY_LONG_LETTER = 0.5;
const DIGITS_PER_TOKEN = 3;
const MARK = 0.83;
const NEXT_MARK = 0.23;
/** What a word and the single mark before it save together. */
const JOINED = 0.44;
const INDENT = 1;
const LINE = 0.63;
const LINE_AFTER_MARK = 0.89;
/** Words of Indian scripts; a longer run is more than one. */
const INDIC_WORD = 1.29;
const INDIC_LETTERS_PER_WORD = 10;
const CJK = 0.82;
/** Half of a character beyond the basic plane, emoji above all. */
const SURROGATE = 0.9;
const OTHER = 0.35;

const LETTER = 1;
const CAPITAL = 2;
const DIGIT = 3;
const SPACE = 4;
const BREAK = 5;
const PUNCTUATION = 6;
const INDIC = 7;
const IDEOGRAPH = 8;
const HALF = 9;
const REST = 10;

/** Runs are told apart up to this length: what is longer costs as if it were one of the last ten. */
const MOST_RUN = 20;
const STATES = (REST + 1) * (MOST_RUN + 1);
/** Kinds, rounded up to a power of two; and what all states times that are below. */
const WIDTH = 16;
const STATE_BITS = 12;
const STATE_MASK = 2 ** STATE_BITS - 1;

/** The kind of each UTF-16 code unit. */
const kinds = new Uint8Array(0x10000).map((_, code) => kindOf(code));
/** By the state (a kind and a run of it) and the kind that comes next: the state then, and above it what the character adds, in parts. */
const steps = makeSteps();

/** Counts the likely tokens of a text that comes in pieces, cut anywhere: the sum is the same as for the whole. */
export class TokenCounter {
  #parts = 0;
  /** Times `WIDTH`. */
  #state = 0;

  /** The likely number of tokens so far, rounded up; 0 for no text. */
  get tokens(): number {
    return Math.ceil(this.#parts / PARTS);
  }

  add(text: string): void {
    for (let from = 0; from < text.length; from += UNITS) this.#addUnits(copyUnits(text, from));
  }

  /** One pass by a table, since a processor cannot guess which kind comes next: three nanoseconds for each character. */
  #addUnits(length: number): void {
    let parts = 0;
    let state = this.#state;
    for (let at = 0; at < length; at++) {
      const step = steps[state | (kinds[units[at] as number] as number)] as number;
      parts += step >>> STATE_BITS;
      state = step & STATE_MASK;
    }
    this.#parts += parts;
    this.#state = state;
  }
}

function makeSteps(): Int32Array {
  const steps = new Int32Array(STATES * WIDTH);
  for (let state = 0; state < STATES; state++) {
    const kind = Math.floor(state / (MOST_RUN + 1));
    const run = state % (MOST_RUN + 1);
    for (let next = LETTER; next <= REST; next++) {
      // A capital letter begins a word, and small ones go on with it.
      const goesOn = next === kind || (next === LETTER && kind === CAPITAL);
      const afterMark = !goesOn && kind === PUNCTUATION;
      const nextRun = goesOn ? clipped(next, run + 1) : 1;
      const parts = Math.round(costOf(next, nextRun, afterMark, afterMark && run === 1) * PARTS);
      steps[state * WIDTH + next] = (parts << STATE_BITS) | ((next * (MOST_RUN + 1) + nextRun) * WIDTH);
    }
  }
  return steps;
}

/** A run of the same cost, now and from here on. */
function clipped(kind: number, run: number): number {
  if (run <= MOST_RUN) return run;
  const period = kind === DIGIT ? DIGITS_PER_TOKEN : kind === INDIC ? INDIC_LETTERS_PER_WORD : 1;
  return run - period;
}

function kindOf(code: number): number {
  if (code >= 97 && code <= 122) return LETTER;
  if (code === 32 || code === 9) return SPACE;
  if (code >= 65 && code <= 90) return CAPITAL;
  if (code >= 48 && code <= 57) return DIGIT;
  if (code === 10 || code === 13) return BREAK;
  if (code < 0x80) return PUNCTUATION;
  if (code < 0x300) return LETTER;
  if (code >= 0x900 && code < 0xe00) return INDIC;
  if (code >= 0xd800 && code < 0xe000) return HALF;
  if (code >= 0x2e80) return IDEOGRAPH;
  return code < 0x2000 ? REST : PUNCTUATION;
}

/** What the `run`-th character of a run adds; `joins`: the first one, after a run of one mark. */
function costOf(kind: number, run: number, afterMark: boolean, joins: boolean): number {
  switch (kind) {
    case LETTER:
    case CAPITAL:
      if (run === 1) return joins ? WORD - JOINED : WORD;
      return run > VERY_LONG_WORD ? VERY_LONG_LETTER : run > LONG_WORD ? LONG_LETTER : 0;
    case DIGIT:
      return run % DIGITS_PER_TOKEN === 1 ? 1 : 0;
    case SPACE:
      return run === 2 ? INDENT : 0;
    case BREAK:
      if (run > 1) return 0;
      return afterMark ? LINE_AFTER_MARK : LINE;
    case PUNCTUATION:
      return run === 1 ? MARK : NEXT_MARK;
    case INDIC:
      return run % INDIC_LETTERS_PER_WORD === 1 ? INDIC_WORD : 0;
    case IDEOGRAPH:
      return CJK;
    case HALF:
      return SURROGATE;
    default:
      return OTHER;
  }
}
