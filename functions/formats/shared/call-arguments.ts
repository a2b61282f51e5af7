import { parseJson } from './parse-json.ts';

/**
 * The arguments of one call, put together from what a provider streams: pieces as a rule, but some say with each delta all
 * that came before, some send the whole again, and some begin with an empty object that the real arguments follow. A JSON
 * object has one way to go on, so nearly always one delta shows which it is; where it does not, it waits for the next.
 */
export class CallArguments {
  /** Looked into only where it must be: V8 puts it together each time. */
  #text = '';
  #isObject = false;
  /** Whether an empty object came. It counts only where nothing follows, so it waits. */
  #isEmpty = false;
  /** Whether deltas repeat what came before; null as long as none has shown it. */
  #repeats: boolean | null = null;
  /** A delta that may repeat what came before, or be an object within it. */
  #doubtful = '';
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** The last character that is not white space, outside of strings. */
  #last = '';
  #closed = false;

  /** What has been passed on. */
  get text(): string {
    return this.#text;
  }

  /** Whether the object is complete, as far as it can be known now. */
  get isWhole(): boolean {
    return this.#closed || (this.#isEmpty && this.#text === '');
  }

  /** A delta; returns what is new in it. */
  add(delta: string): string {
    if (delta === '' || this.#closed) return '';
    if (this.#doubtful !== '') return this.#decide(delta);
    if (this.#text === '') return this.#begin(delta.trimStart());
    if (this.#mayRepeat(delta)) {
      const mayGoOn = this.#mayGoOnWith(delta);
      if (this.#repeats === null && mayGoOn) {
        this.#doubtful = delta;
        return '';
      }
      if (this.#repeats !== false || !mayGoOn) {
        this.#repeats = true;
        return this.#pass(delta.slice(this.#text.length));
      }
    }
    this.#repeats ??= false;
    return this.#pass(delta);
  }

  /** The arguments as a whole, said at their end; returns what was not passed on yet. */
  whole(text: string): string {
    this.#doubtful = '';
    if (this.#text === '') return this.add(text);
    return text.startsWith(this.#text) ? this.#pass(text.slice(this.#text.length)) : '';
  }

  /** What is still owed when the call ends. No arguments are an empty object: no text at all is not JSON. */
  finish(): string {
    const doubtful = this.#doubtful;
    this.#doubtful = '';
    if (doubtful !== '') {
      return this.#pass(isJson(doubtful) ? doubtful.slice(this.#text.length) : doubtful);
    }
    return this.#text === '' ? this.#pass('{}') : '';
  }

  #begin(text: string): string {
    if (/^\{\s*\}$/.test(text)) {
      this.#isEmpty = true;
      return '';
    }
    this.#isObject = text.startsWith('{');
    return this.#pass(text);
  }

  #decide(delta: string): string {
    const doubtful = this.#doubtful;
    this.#doubtful = '';
    this.#repeats = delta.startsWith(doubtful);
    return this.#pass(this.#repeats ? doubtful.slice(this.#text.length) : doubtful) + this.add(delta);
  }

  #mayRepeat(delta: string): boolean {
    return this.#isObject && delta.length >= this.#text.length && delta.startsWith(this.#text);
  }

  /** Whether what begins like the whole could also stand here: as an object, or as the end of a first name that is "{". */
  #mayGoOnWith(delta: string): boolean {
    if (!this.#inString) return this.#last === ':' || this.#last === '[' || this.#last === ',';
    return /^\{\s*"$/.test(this.#text) && /^\s*(:|$)/.test(delta.slice(this.#text.length));
  }

  /** Passes text on up to the end of the object; what follows that is no part of it. */
  #pass(text: string): string {
    const passed = text.slice(0, this.#endIn(text));
    this.#text += passed;
    return passed;
  }

  /** Where the object ends in the text that follows, or the text does. Text that is no object is not looked at. */
  #endIn(text: string): number {
    if (!this.#isObject) return text.length;
    for (let at = 0; at < text.length; at++) {
      const character = text[at] as string;
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (character === '\\') this.#isEscaped = true;
        else if (character === '"') this.#inString = false;
        continue;
      }
      if (character <= ' ') continue;
      this.#last = character;
      if (character === '"') this.#inString = true;
      else if (character === '{' || character === '[') this.#depth++;
      else if (character === '}' || character === ']') this.#depth--;
      if (this.#depth > 0) continue;
      this.#closed = true;
      return at + 1;
    }
    return text.length;
  }
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}
