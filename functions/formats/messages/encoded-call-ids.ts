import { fitId } from '../fit/call-ids.ts';

/** https://docs.claude.com/en/api/messages: clients check it. */
const RULE = { pattern: '^[a-zA-Z0-9_-]+$', max: 64 };

/**
 * Ids of the calls of one answer, as Anthropic's clients take them: they stay where they can, and else are made of what they
 * were.
 */
export class EncodedCallIds {
  readonly #encoded = new Map<string, string>();

  of(id: string): string {
    const known = this.#encoded.get(id);
    if (known !== undefined) return known;
    const encoded = fitId(id, RULE, new Set(this.#encoded.values()));
    this.#encoded.set(id, encoded);
    return encoded;
  }
}
