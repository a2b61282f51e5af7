import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { pageDescription, pageHeaders, pageReply, pagesQuery } from '../pages/list-page.ts';
import { templateExample } from './examples.ts';
import { templateReply, versionsReply } from './reply-schemas.ts';
import {
  createTemplate,
  deleteTemplate,
  getTemplate,
  listTemplates,
  listVersions,
  patchTemplate,
  templateBody,
  templatePatch,
} from './templates.ts';

const shared = { tag: 'templates', access: 'inference', surface: openaiSurface } as const;
const byReference = '`{id}` is its id or its name; `@3` behind it names a version.';

export const templateRoutes: readonly Route<Services>[] = [
  {
    ...shared,
    method: 'POST',
    path: '/v1/templates',
    operationId: 'createTemplate',
    summary: 'New template',
    body: templateBody,
    replies: { 201: templateReply },
    errors: ['conflict'],
    examples: {
      body: { name: 'greeting', system: templateExample.system, params: { temperature: 0.2 } },
      reply: templateExample,
    },
    handle: createTemplate,
  },
  {
    ...shared,
    method: 'GET',
    path: '/v1/templates',
    operationId: 'listTemplates',
    summary: 'Templates of the key’s owner',
    description: pageDescription,
    query: pagesQuery,
    replies: { 200: pageReply(templateReply) },
    errors: ['invalid_request_error'],
    headers: { reply: pageHeaders },
    handle: listTemplates,
  },
  {
    ...shared,
    method: 'GET',
    path: '/v1/templates/{id}',
    operationId: 'getTemplate',
    summary: 'One template',
    description: byReference,
    replies: { 200: templateReply },
    errors: ['not_found'],
    examples: { reply: templateExample },
    handle: getTemplate,
  },
  {
    ...shared,
    method: 'GET',
    path: '/v1/templates/{id}/versions',
    operationId: 'listTemplateVersions',
    summary: 'The versions of a template that are kept, newest first',
    replies: { 200: versionsReply },
    errors: ['not_found'],
    handle: listVersions,
  },
  {
    ...shared,
    method: 'PATCH',
    path: '/v1/templates/{id}',
    operationId: 'updateTemplate',
    summary: 'The next version of a template',
    description: 'Fields that are not named stay as they are.',
    body: templatePatch,
    replies: { 200: templateReply },
    errors: ['not_found', 'conflict'],
    examples: {
      body: { model: 'openai/gpt-5-mini' },
      reply: { ...templateExample, version: 2, model: 'openai/gpt-5-mini' },
    },
    handle: patchTemplate,
  },
  {
    ...shared,
    method: 'DELETE',
    path: '/v1/templates/{id}',
    operationId: 'deleteTemplate',
    summary: 'Delete a template, with all its versions',
    replies: { 204: null },
    errors: ['not_found'],
    handle: deleteTemplate,
  },
];
