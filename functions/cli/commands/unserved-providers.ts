import { callRouter } from '../client/call-router.ts';
import type { Connection } from '../client/connection.ts';
import type { Context } from '../terminal/context.ts';

interface Said {
  id: string;
  served: boolean;
}

interface Provider {
  effective: { auth?: { type: string; secret?: string } } | null;
}

export interface Unserved {
  provider: string;
  /** The name of the credential that its catalogue entry asks for; null where it asks for none. */
  secret: string | null;
}

/** Providers that the router's catalogue names and of which nothing is served. Takes the admin key. */
export async function unservedProviders(
  context: Context,
  connection: Connection,
  limitMs: number,
): Promise<Unserved[]> {
  const get = (path: string) =>
    callRouter(context, connection, { path, as: 'admin', signal: AbortSignal.timeout(limitMs) });
  const { data }: { data: Said[] } = await get('/v1/catalogue/providers');
  const unserved = data.filter(({ served }) => !served);
  return Promise.all(
    unserved.map(async ({ id }) => {
      const path = `/v1/catalogue/providers/${id.split('/').map(encodeURIComponent).join('/')}`;
      const { effective }: Provider = await get(path);
      return { provider: id, secret: effective?.auth?.secret ?? null };
    }),
  );
}

/** What to do, in a line of 80 characters: a router reads variables or a store of secrets, and does not tell which. */
export function describeUnserved({ secret }: Unserved): string {
  if (secret === null) return 'is not served, and wants no credential';
  const variable = secret.toUpperCase().replaceAll('-', '_');
  return `wants ${variable} (secret ${secret})`;
}
