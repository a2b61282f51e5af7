import type { Route } from '../http/route.ts';
import type { Services } from '../way/services.ts';
import { adminKeyRoutes } from './admin-keys/routes.ts';
import { alertRoutes } from './alerts/routes.ts';
import { auditRoutes } from './audit/routes.ts';
import { balanceRoutes } from './balance/routes.ts';
import { breakerRoutes } from './breakers/routes.ts';
import { catalogueRoutes } from './catalogue/routes.ts';
import { doubtRoutes } from './doubts/routes.ts';
import { endUserRoutes } from './end-users/routes.ts';
import { exchangeRateRoutes } from './exchange-rates/routes.ts';
import { keyRoutes } from './keys/routes.ts';
import { limitRoutes } from './limits/routes.ts';
import { metaRoutes } from './meta/routes.ts';
import { modelRoutes } from './models/routes.ts';
import { ownerRoutes } from './owners/routes.ts';
import { providerKeyRoutes } from './provider-keys/routes.ts';
import { sessionRoutes } from './sessions/routes.ts';
import { statementRoutes } from './statements/routes.ts';
import { templateRoutes } from './templates/routes.ts';
import { usageRoutes } from './usage/routes.ts';

/** Everything else that the API has: a folder for each resource. */
export const apiRoutes: readonly Route<Services>[] = [
  ...modelRoutes,
  ...balanceRoutes,
  ...usageRoutes,
  ...sessionRoutes,
  ...endUserRoutes,
  ...statementRoutes,
  ...limitRoutes,
  ...ownerRoutes,
  ...keyRoutes,
  ...providerKeyRoutes,
  ...adminKeyRoutes,
  ...auditRoutes,
  ...templateRoutes,
  ...catalogueRoutes,
  ...breakerRoutes,
  ...doubtRoutes,
  ...exchangeRateRoutes,
  ...alertRoutes,
  ...metaRoutes,
];
