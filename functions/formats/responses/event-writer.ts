type Fields = Readonly<Record<string, unknown>>;

/** Writes the events of one answer, and counts them. */
export class EventWriter {
  #next = 0;

  /** Whether nothing has been written. */
  get isUnused(): boolean {
    return this.#next === 0;
  }

  /** One event as clients get it. */
  write(type: string, fields: Fields): string {
    const data = JSON.stringify({ ...fields, type, sequence_number: this.#next++ });
    return `event: ${type}\ndata: ${data}\n\n`;
  }
}
