/**
 * Notices that a stream goes on under another id than it had: with the pieces of another answer. Servers that give every event an
 * id of its own say nothing by it.
 */
export class StableId {
  #id = '';
  #isStable = false;

  /** Whether an event with this id no longer belongs to what came before. */
  leaves(id: string): boolean {
    if (id === this.#id) {
      this.#isStable = true;
      return false;
    }
    const leaves = this.#isStable && this.#id !== '' && id !== '';
    this.#id = id;
    this.#isStable = false;
    return leaves;
  }
}
