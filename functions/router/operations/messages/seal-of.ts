import type { Seal } from '../../../formats/shared/seal.ts';
import type { Ask } from '../../way/ask.ts';

/** The seal of an owner. */
export function sealOf({ key }: Pick<Ask, 'key'>): Seal {
  const head = (issuer: string) => `${key.ownerId} ${issuer} `;
  return {
    seal: (text, issuer) => `mesh1.${Buffer.from(head(issuer) + text).toString('base64')}`,
    open(sealed, issuer) {
      const text = Buffer.from(sealed.slice('mesh1.'.length), 'base64').toString();
      return text.startsWith(head(issuer)) ? text.slice(head(issuer).length) : null;
    },
  };
}
