import { requireScope } from './access/admin.ts';
import { authenticateAdmin } from './access/authenticate.ts';
import { apiRoutes } from './api/index.ts';
import { openApiRoute } from './api/meta/openapi-route.ts';
import { docsRoutes } from './docs/routes.ts';
import type { Route } from './http/route.ts';
import { operationRoutes } from './operations/index.ts';
import type { Services } from './way/services.ts';

const described = [...operationRoutes, ...apiRoutes, ...docsRoutes];

/** Every path of the public API, in one list. */
export const routes: readonly Route<Services>[] = [...described, openApiRoute(described)].map(guarded);

/** What is for the administration alone is looked at by nobody else, whatever its handler does. */
function guarded(route: Route<Services>): Route<Services> {
  if (route.access !== 'admin') return route;
  return {
    ...route,
    handle(call, services, param) {
      const admin = authenticateAdmin(call, services.adminKeyHash);
      if (route.scope !== undefined) requireScope(admin, route.scope);
      return route.handle(call, services, param);
    },
  };
}
