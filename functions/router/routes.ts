import { requireScope } from './access/admin.ts';
import { authenticateAdmin, authenticateManager } from './access/authenticate.ts';
import { apiRoutes } from './api/index.ts';
import { openApiRoute } from './api/meta/openapi-route.ts';
import { consoleRoutes } from './console/routes.ts';
import { docsRoutes } from './docs/routes.ts';
import type { Route } from './http/route.ts';
import { operationRoutes } from './operations/index.ts';
import type { Services } from './way/services.ts';

const described = [...operationRoutes, ...apiRoutes, ...docsRoutes, ...consoleRoutes];

/** Every path of the public API, in one list. */
export const routes: readonly Route<Services>[] = [...described, openApiRoute(described)].map(guarded);

/** What is for the administration is looked at by nobody else, whatever its handler does. */
function guarded(route: Route<Services>): Route<Services> {
  const { access, scope } = route;
  if (access !== 'admin' && access !== 'manage') return route;
  if (scope === undefined) throw new TypeError(`${route.method} ${route.path} has no scope.`);
  return {
    ...route,
    async handle(call, services, param) {
      if (access === 'manage') await authenticateManager(call, services, scope);
      else requireScope(await authenticateAdmin(call, services.admins), scope);
      return route.handle(call, services, param);
    },
  };
}
