import { builtinFiles } from '../../functions/catalogue/builtin.ts';

/**
 * The built-in catalogue with every provider at `url/<its id>`, and no credentials. Prices, capabilities and what each takes are
 * its own.
 */
export function builtinAt(url: string): { providers: Record<string, object>; models: Record<string, object> } {
  const providers: Record<string, object> = {};
  const models: Record<string, object> = {};
  for (const file of builtinFiles) {
    for (const [id, provider] of Object.entries(file.providers ?? {})) {
      if (provider === null) continue;
      const base_url = provider.base_url?.replace(/^https:\/\/[^/]+/, `${url}/${id}`);
      providers[id] =
        id === 'mesh'
          ? provider
          : { ...provider, base_url, auth: { type: 'none' }, vars: { project: 'p', azure_resource: 'r' } };
    }
    for (const [id, model] of Object.entries(file.models ?? {})) if (model !== null) models[id] = model;
  }
  return { providers, models };
}
