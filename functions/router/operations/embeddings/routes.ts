import { openaiSurface } from '../../../formats/chat/surface.ts';
import { embeddingsBody } from '../../../formats/embeddings/request-body.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { requestErrors } from '../shared/request-errors.ts';
import { limitHeaders, requestHeaders, routingHeaders } from '../shared/request-headers.ts';
import { serveCall } from '../shared/serve-call.ts';
import { embeddingsOperation } from './embeddings.ts';
import { embeddingsExamples } from './examples.ts';
import { embeddingsReply } from './reply-schemas.ts';

export const embeddingsRoutes: readonly Route<Services>[] = [
  {
    method: 'POST',
    path: '/v1/embeddings',
    operationId: 'createEmbeddings',
    tag: 'embeddings',
    summary: 'Vectors of texts, of any embedding model',
    access: 'inference',
    surface: openaiSurface,
    body: embeddingsBody,
    replies: { 200: embeddingsReply },
    errors: requestErrors,
    headers: { request: requestHeaders, reply: { ...routingHeaders, ...limitHeaders } },
    examples: embeddingsExamples,
    traced: true,
    handle: serveCall(embeddingsOperation),
  },
];
