import { isSealed, SEAL_BEGIN, type Seal } from '../../functions/formats/shared/seal.ts';

/** One that anybody can read, for tests of what is sealed and for whom. */
export const openSeal: Seal = {
  seal: (text, issuer) => `${SEAL_BEGIN}${Buffer.from(`${issuer} ${text}`).toString('base64url')}`,
  open(sealed, issuer) {
    if (!isSealed(sealed)) return null;
    const text = Buffer.from(sealed.slice(SEAL_BEGIN.length), 'base64url').toString();
    return text.startsWith(`${issuer} `) ? text.slice(issuer.length + 1) : null;
  },
};
