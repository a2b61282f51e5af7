/** OpenAI takes ids of 40 characters at most, should the conversation go on there. */
const MAX_ANSWER_ID = 24;

/**
 * Ids for the calls of one answer. One that comes without is named after its answer, so that the same answer always has the
 * same ids and two turns of a conversation share none; one that is said twice is told apart by its number, since two calls with
 * one id could not be answered.
 */
export class CallIds {
  readonly #given = new Set<string>();
  #calls = 0;

  of(id: string, answerId: string): string {
    const number = this.#calls++;
    let given = id || `call_${answerId.slice(-MAX_ANSWER_ID)}_${number}`;
    if (this.#given.has(given)) given = `${given}_${number}`;
    this.#given.add(given);
    return given;
  }
}
