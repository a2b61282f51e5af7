import type { Model } from '../../catalogue/catalogue.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { Usage } from '../../core/money/usage.ts';
import { isCacheCheap } from '../../core/sessions/binding.ts';
import type { Ask } from './ask.ts';
import type { Home, Plan } from './choose.ts';
import type { RequestNeeds } from './operation.ts';
import type { Services } from './services.ts';

/** The session that a request is a turn of, as far as routing goes. */
interface Session {
  home: Home;
  /** An endpoint has served the turn to its end. */
  served(endpoint: Endpoint, usage: Usage, plan: Pick<Plan, 'explored'>): void;
}

/** Null where a request is no turn of a session, or its caller says by what alone endpoints are to be chosen. */
export async function recallSession(
  { affinity }: Pick<Ask, 'affinity'>,
  needs: Pick<RequestNeeds, 'model' | 'preferences'>,
  { sessions, health, catalogue }: Pick<Services, 'sessions' | 'health' | 'catalogue'>,
): Promise<Session | null> {
  if (affinity === null || needs.preferences.sort !== null) return null;
  const model = catalogue().find(needs.model);
  if (model !== null && isWorthKeeping(model)) {
    await sessions.recall(affinity, model.id, (id) => health.breakers.standing(id).admits === 'all');
  }
  return {
    home: (modelId, inputTokens) => sessions.home(affinity, modelId, inputTokens),
    served(endpoint, usage, { explored }) {
      const served = catalogue().models.get(endpoint.modelId);
      // Whoever was asked only to learn its figures is no home.
      if (served === undefined || !isWorthKeeping(served) || explored.includes(endpoint.id)) return;
      sessions.served(affinity, endpoint, usage);
    },
  };
}

/** Whether it makes a difference which endpoint of a model a session is at. */
function isWorthKeeping({ endpoints }: Model): boolean {
  return endpoints.length > 1 && endpoints.some(isCacheCheap);
}
