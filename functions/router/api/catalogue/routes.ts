import type { EntryKind } from '../../../catalogue/catalogue-entries.ts';
import { catalogueFile, model, provider } from '../../../catalogue/catalogue-file.ts';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { HeaderList, Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { checkDraft, draftQuery } from './drafts.ts';
import { deleteEntry, getLayered, listLayered, putEntry } from './entries.ts';
import { changeReply, draftReply, entriesReply, entryReply, versionReply, versionsReply } from './reply-schemas.ts';
import { getVersion, listVersions, restoreVersion, versionsQuery } from './versions.ts';

const reading = { tag: 'catalogue', access: 'admin', scope: 'catalogue:read', surface: openaiSurface } as const;
const writing = { ...reading, scope: 'catalogue:write' } as const;

const etag: HeaderList = { ETag: 'The number of the last change.' };
const changing = {
  request: { 'If-Match': 'The `ETag` that was read: a change over another one is `409 conflict`.' },
  reply: etag,
};
const credentials =
  'A change of `base_url`, `path`, `stream_path`, `query`, `headers`, `vars`, `regions` or `auth` takes the scope ' +
  '`catalogue:credentials` as well.';

const entryRoutes = (kind: EntryKind, one: string, name: string): Route<Services>[] => [
  {
    ...reading,
    method: 'GET',
    path: `/v1/catalogue/${kind}`,
    operationId: `listCatalogue${name}s`,
    summary: `The ${one}s of the catalogue, and the layers that name each`,
    replies: { 200: entriesReply },
    headers: { reply: etag },
    handle: listLayered(kind),
  },
  {
    ...reading,
    method: 'GET',
    path: `/v1/catalogue/${kind}/{id+}`,
    operationId: `getCatalogue${name}`,
    summary: `What each layer says of a ${one}, and what comes of it`,
    replies: { 200: entryReply },
    errors: ['not_found'],
    headers: { reply: etag },
    handle: getLayered(kind),
  },
  {
    ...writing,
    method: 'PUT',
    path: `/v1/catalogue/${kind}/{id+}`,
    operationId: `putCatalogue${name}`,
    summary: `Say something of a ${one}, over all files`,
    description:
      'The entry is laid over what files say, field by field, and replaces the one that was put here before; `null` takes away ' +
      `what files say. ${credentials}`,
    body: (kind === 'models' ? model : provider).nullable(),
    replies: { 200: changeReply },
    errors: ['conflict', 'forbidden', 'payload_too_large'],
    headers: changing,
    handle: putEntry(kind),
  },
  {
    ...writing,
    method: 'DELETE',
    path: `/v1/catalogue/${kind}/{id+}`,
    operationId: `deleteCatalogue${name}`,
    summary: `Take back what was put of a ${one}: what files say holds again`,
    description: credentials,
    replies: { 200: changeReply },
    errors: ['not_found', 'conflict', 'forbidden', 'invalid_request_error'],
    headers: changing,
    handle: deleteEntry(kind),
  },
];

export const catalogueRoutes: readonly Route<Services>[] = [
  ...entryRoutes('providers', 'provider', 'Provider'),
  ...entryRoutes('models', 'model', 'Model'),
  {
    ...reading,
    method: 'GET',
    path: '/v1/catalogue/versions',
    operationId: 'listCatalogueVersions',
    summary: 'Who changed what over the API, newest first',
    query: versionsQuery,
    replies: { 200: versionsReply },
    errors: ['invalid_request_error'],
    handle: listVersions,
  },
  {
    ...reading,
    method: 'GET',
    path: '/v1/catalogue/versions/{id}',
    operationId: 'getCatalogueVersion',
    summary: 'One version: its difference from the one before, and all of it',
    replies: { 200: versionReply },
    errors: ['not_found'],
    handle: getVersion,
  },
  {
    ...writing,
    method: 'POST',
    path: '/v1/catalogue/versions/{id}/restore',
    operationId: 'restoreCatalogueVersion',
    summary: 'Make what was put over the API what it was at a version, 0 for nothing; as a new version',
    description: credentials,
    replies: { 200: changeReply },
    errors: ['not_found', 'conflict', 'forbidden', 'invalid_request_error'],
    headers: changing,
    handle: restoreVersion,
  },
  {
    ...reading,
    method: 'POST',
    path: '/v1/catalogue/drafts/check',
    operationId: 'checkCatalogueDraft',
    summary: 'What a draft would change, and what it would have made of the last day; or all that is wrong with it',
    description:
      'Usage is kept added up by model and provider, so tokens are priced all together: without the prices of long inputs. How ' +
      'fast endpoints were and what each request needed are not kept: what cannot stay at its provider goes to the cheapest.',
    query: draftQuery,
    body: catalogueFile,
    replies: { 200: draftReply },
    handle: checkDraft,
  },
];
