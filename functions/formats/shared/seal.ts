/** Seals what a client carries for us from one turn to the next. One owner's; what another owner sealed does not open. */
export interface Seal {
  /** `issuer`: the family of models that alone may get it back. */
  seal(text: string, issuer: string): string;
  /** Null for what was sealed for another issuer or owner, was changed, or was never sealed. */
  open(sealed: string, issuer: string): string | null;
}

/** How everything begins that is sealed, so that it is told from what providers sign themselves. */
const BEGIN = 'mesh1.';

export function isSealed(text: unknown): text is string {
  return typeof text === 'string' && text.startsWith(BEGIN);
}
