/** Where an answer goes: to the client as a reply of its own, or as one part of several. */
export interface Output {
  /** Writes pings from now on, where there is silence. `headers` are asked for with the first write, which may be a ping. */
  openStream(mediaType: string, headers: () => Record<string, string>, ping: () => string): OutputStream;
  /** A whole answer, as JSON text. */
  sendWhole(json: string, headers: Record<string, string>): void;
}

/** A client's stream. */
export interface OutputStream {
  /**
   * Nothing where more may be written at once; else a promise that resolves when the client has taken enough, and rejects when
   * it has gone. Throws where it has gone before.
   */
  write(text: string): Promise<void> | undefined;
  /** Writes the last of a stream that is whole, and ends it. */
  end(text: string): void;
  /** Writes the last of a stream that broke, and ends it. */
  fail(text: string): void;
}
