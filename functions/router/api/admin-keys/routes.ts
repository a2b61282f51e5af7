import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { graceBody } from '../keys/rotation.ts';
import { pageDescription, pageHeaders, pageReply, pagesQuery } from '../pages/list-page.ts';
import {
  adminKeyBody,
  createAdminKey,
  deleteAdminKey,
  getAdminKey,
  listAdminKeys,
  rotateAdminKey,
} from './admin-keys.ts';
import { adminKeyReply, newAdminKeyReply, rotatedAdminKeyReply } from './reply-schemas.ts';

const reading = { tag: 'admin keys', access: 'admin', surface: openaiSurface, scope: 'admin_keys:read' } as const;
const writing = { ...reading, scope: 'admin_keys:write' } as const;
const example = {
  id: 'adm_01M8GDA59WF3TWFSXQH5QZ298H',
  label: 'support',
  masked: 'mak_TH…DtBY',
  scopes: ['keys:read', 'usage:read'],
  status: 'active',
  expires_at: null,
  created_at: '2026-11-28T06:26:05.243Z',
};

export const adminKeyRoutes: readonly Route<Services>[] = [
  {
    ...writing,
    method: 'POST',
    path: '/v1/admin-keys',
    operationId: 'createAdminKey',
    summary: 'New admin key, which may do no more than the one that makes it',
    body: adminKeyBody,
    replies: { 201: newAdminKeyReply },
    examples: { body: { label: 'support', scopes: example.scopes }, reply: { ...example, key: 'mak_…' } },
    handle: createAdminKey,
  },
  {
    ...reading,
    method: 'GET',
    path: '/v1/admin-keys',
    operationId: 'listAdminKeys',
    summary: 'Admin keys, but for the one that the configuration names',
    description: pageDescription,
    query: pagesQuery,
    replies: { 200: pageReply(adminKeyReply) },
    errors: ['invalid_request_error'],
    headers: { reply: pageHeaders },
    handle: listAdminKeys,
  },
  {
    ...reading,
    method: 'GET',
    path: '/v1/admin-keys/{id}',
    operationId: 'getAdminKey',
    summary: 'One admin key',
    replies: { 200: adminKeyReply },
    errors: ['not_found'],
    handle: getAdminKey,
  },
  {
    ...writing,
    method: 'POST',
    path: '/v1/admin-keys/{id}/rotate',
    operationId: 'rotateAdminKey',
    summary: 'A new text for an admin key; the old one works for some time more',
    body: graceBody,
    replies: { 200: rotatedAdminKeyReply },
    errors: ['not_found'],
    examples: { body: { grace_seconds: 3_600 } },
    handle: rotateAdminKey,
  },
  {
    ...writing,
    method: 'DELETE',
    path: '/v1/admin-keys/{id}',
    operationId: 'suspendAdminKey',
    summary: 'End an admin key at once',
    replies: { 204: null },
    errors: ['not_found', 'conflict'],
    handle: deleteAdminKey,
  },
];
