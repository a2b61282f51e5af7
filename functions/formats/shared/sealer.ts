/** Seals texts that a client carries for one owner, so that nobody else's key opens them. Nothing of them is stored. */
export interface Sealer {
  /** A text for an issuer, compressed and sealed: letters, digits, `-`, `_` and `.`. */
  seal(text: string, issuer: string): string;
  /** The text; null where it was not sealed so, for this owner and issuer, by a key that is still known. */
  open(sealed: string, issuer: string): string | null;
}
