import { z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import { openaiSurface } from '../../formats/chat/surface.ts';
import { toAsset } from '../http/asset.ts';
import type { Call } from '../http/call.ts';
import type { Route } from '../http/route.ts';
import { sendAsset } from '../http/send-asset.ts';
import { readAsset, readPages } from './pages.ts';
import { createSite, type Site } from './site.ts';

const where = toAsset(
  'application/json; charset=utf-8',
  JSON.stringify({
    name: 'Mesh Router',
    api: '/v1',
    openapi: '/openapi.json',
    docs: '/docs',
    console: '/console/',
    llms: '/llms.txt',
    health: '/readyz',
  }),
);

let made: Site | null = null;

/** Made when it is first asked for: a start does not wait for documents. */
function site(): Site {
  made ??= createSite({ pages: readPages(), readAsset, hasConsole: true });
  return made;
}

async function sendPage(call: Call): Promise<undefined> {
  const asset = site().find(call.path.replace(/(?<=.)\/$/, ''));
  if (asset === null) throw new MeshError('not_found', { message: 'There is no such page; /docs lists them.' });
  return sendAsset(call, asset);
}

/** `GET /`: a page for people, and for programs where everything is. */
async function sendHome(call: Call): Promise<undefined> {
  if (/\btext\/html\b/.test(call.req.headers.accept ?? '')) return sendAsset(call, site().home);
  return sendAsset(call, where);
}

const common = { method: 'GET', tag: 'docs', access: 'open', surface: openaiSurface } as const;
const page = { ...common, replies: { 200: z.string() }, text: true, conditional: true, handle: sendPage } as const;

export const docsRoutes: readonly Route<unknown>[] = [
  {
    ...common,
    path: '/',
    operationId: 'getHome',
    summary: 'Where everything is: a page for browsers, JSON for all others',
    replies: { 200: z.object({ name: z.string(), api: z.string(), openapi: z.string(), docs: z.string() }) },
    conditional: true,
    handle: sendHome,
  },
  { ...page, path: '/docs', operationId: 'listDocuments', summary: 'The documents' },
  {
    ...page,
    path: '/docs/{id}',
    operationId: 'getDocument',
    summary: 'One page; with `.md` as Markdown',
    errors: ['not_found'],
  },
  {
    ...page,
    path: '/llms.txt',
    operationId: 'listDocumentsForModels',
    summary: 'The documents, as models look for them',
  },
];
