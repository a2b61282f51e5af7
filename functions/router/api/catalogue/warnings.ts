import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { CatalogueDifference } from '../../../catalogue/compare-catalogues.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';

/** What an administrator may not have thought of. Nothing of it stands against a change. */
export interface Warning {
  code: 'model_removed' | 'model_not_served' | 'endpoint_removed' | 'secret_missing';
  /** The model, the endpoint, or the name of the secret. */
  subject: string;
  message: string;
}

/** `named`: models that the change says something of. `missing`: names of secrets that are not there. Of what was there before, nothing is warned of again. */
export function toWarnings(
  { models, endpoints }: CatalogueDifference,
  after: Catalogue,
  named: readonly string[],
  missing: ReadonlySet<string>,
): Warning[] {
  const gone = new Set(models.removed);
  const lost = endpoints.filter(({ model, change }) => change === 'removed' && !gone.has(model));
  const touched = new Set(
    endpoints.filter(({ change }) => change !== 'removed').map(({ model, endpoint }) => `${model} ${endpoint}`),
  );
  const secrets = [...after.models.values()]
    .flatMap((model) => model.endpoints.filter(({ id }) => touched.has(`${model.id} ${id}`)))
    .flatMap(secretOf)
    .filter((name) => missing.has(name));
  return [
    ...models.removed.map((model) => ({
      code: 'model_removed' as const,
      subject: model,
      message:
        `${model} is served no more. Requests under way end as they began; the next one of a session at it, and every ` +
        'other, gets model_not_found.',
    })),
    ...named
      .filter((model) => !gone.has(model) && !after.models.has(model))
      .map((model) => ({
        code: 'model_not_served' as const,
        subject: model,
        message: `${model} is not served: no price of it holds now, or its providers are taken away or lack a variable.`,
      })),
    ...lost.map(({ model, endpoint }) => ({
      code: 'endpoint_removed' as const,
      subject: endpoint,
      message: `Sessions of ${model} at ${endpoint} go on at another endpoint, without what was cached for them.`,
    })),
    ...[...new Set(secrets)].map((name) => ({
      code: 'secret_missing' as const,
      subject: name,
      message: `There is no secret ${name}: endpoints that use it are served as soon as there is.`,
    })),
  ];
}

function secretOf({ auth }: Endpoint): string[] {
  return auth.type === 'none' || auth.secret === undefined ? [] : [auth.secret];
}
