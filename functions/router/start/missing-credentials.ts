import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { CheckedCatalogue } from './check-catalogue-file.ts';
import type { Config } from './config.ts';

/**
 * What an operator's own providers lack: a line for each of them in the `catalogue` that wants a credential,
 * and of which nothing is `served`. It names the variable or the secret.
 */
export function missingCredentials(
  { ownProviders, catalogue }: CheckedCatalogue,
  served: Catalogue,
  secrets: Config['secrets'],
): string[] {
  const endpointsOf = ({ models }: Catalogue, provider: string) =>
    [...models.values()].flatMap(({ endpoints }) => endpoints).filter((endpoint) => endpoint.provider === provider);
  return ownProviders.flatMap((provider) => {
    if (endpointsOf(served, provider).length > 0) return [];
    const wanted = new Set(
      endpointsOf(catalogue, provider).flatMap(({ auth }) => ('secret' in auth && auth.secret ? [auth.secret] : [])),
    );
    if (wanted.size === 0) return [];
    const names = [...wanted].map((name) => (secrets === 'env' ? toVariable(name) : name)).join(', ');
    const what = secrets === 'env' ? 'the variable' : 'the secret';
    return [`${provider} is not served: it wants ${what} ${names}`];
  });
}

function toVariable(secret: string): string {
  return secret.toUpperCase().replaceAll('-', '_');
}
