/** How long a deployment may take to answer, certificates and cold starts included. */
const ANSWER_LIMIT_MS = 10_000;

interface Check {
  title: string;
  path: string;
  status: number;
}

/**
 * What a deployment that is well answers to somebody without a key. Not `/healthz` and `/readyz`: Cloud Run keeps some paths
 * that end in z for itself, and its probes ask them from within.
 * https://cloud.google.com/run/docs/known-issues#reserved-url-paths
 */
const checks: readonly Check[] = [
  { title: 'the router answers', path: '/v1/api-versions', status: 200 },
  { title: 'the contract is served', path: '/openapi.json', status: 200 },
  { title: 'models are for those with a key', path: '/v1/models', status: 401 },
  { title: 'administration is for those with the admin key', path: '/v1/owners', status: 401 },
];

/** Asks what costs nothing and needs no key; resolves with what is wrong, nothing where all is well. */
export async function smokeTest(url: string, fetchUrl: typeof fetch = fetch): Promise<string[]> {
  const wrong = await Promise.all(
    checks.map(async ({ title, path, status }) => {
      try {
        const response = await fetchUrl(`${url}${path}`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
        await response.body?.cancel();
        return response.status === status ? [] : [`${title}: ${path} answered ${response.status}, not ${status}`];
      } catch (error) {
        return [`${title}: ${path} did not answer (${(error as Error).name})`];
      }
    }),
  );
  return wrong.flat();
}
