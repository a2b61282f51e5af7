import type { Route } from '../http/route.ts';
import type { Services } from '../way/services.ts';
import { chatRoutes } from './chat/routes.ts';
import { embeddingsRoutes } from './embeddings/routes.ts';
import { generateRoutes } from './generate-content/routes.ts';
import { messagesRoutes } from './messages/routes.ts';
import { responsesRoutes } from './responses/routes.ts';
import { selectRoutes } from './select/routes.ts';

/** What models are asked for: a folder for each. */
export const operationRoutes: readonly Route<Services>[] = [
  ...chatRoutes,
  ...messagesRoutes,
  ...generateRoutes,
  ...responsesRoutes,
  ...embeddingsRoutes,
  ...selectRoutes,
];
