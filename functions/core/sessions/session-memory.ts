/** Sessions that one instance remembers, each with its model, and of them those of one owner: the ones used longest ago are forgotten. */
export const MAX_SESSIONS = 50_000;
export const MAX_SESSIONS_OF_OWNER = 5_000;

/** What is remembered of the sessions of owners, in bounds. No owner makes another forget more than its own bound. */
export class SessionMemory<Known extends { at: number }> {
  /** Owners and their sessions, those used last at the end. */
  readonly #owners = new Map<string, Map<string, Known>>();
  readonly #lifeMs: number;
  #size = 0;

  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs;
  }

  get size(): number {
    return this.#size;
  }

  get(ownerId: string, name: string, now: number): Known | null {
    const known = this.#owners.get(ownerId)?.get(name);
    return known === undefined || this.#isOver(known, now) ? null : known;
  }

  set(ownerId: string, name: string, known: Known, now: number): void {
    const own = this.#owners.get(ownerId) ?? new Map<string, Known>();
    this.#owners.delete(ownerId);
    this.#owners.set(ownerId, own);
    if (own.delete(name)) this.#size--;
    own.set(name, known);
    this.#size++;
    if (own.size > MAX_SESSIONS_OF_OWNER) this.#forgetFirst(ownerId, own);
    // The owner that was here longest ago gives way; whose life is over goes with it.
    for (const [id, sessions] of this.#owners) {
      for (const each of sessions.values()) {
        if (this.#size <= MAX_SESSIONS && !this.#isOver(each, now)) return;
        this.#forgetFirst(id, sessions);
      }
    }
  }

  #forgetFirst(ownerId: string, sessions: Map<string, Known>): void {
    const [first] = sessions.keys();
    if (first !== undefined && sessions.delete(first)) this.#size--;
    if (sessions.size === 0) this.#owners.delete(ownerId);
  }

  #isOver({ at }: Known, now: number): boolean {
    return now - at >= this.#lifeMs;
  }
}
