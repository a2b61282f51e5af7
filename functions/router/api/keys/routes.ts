import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { pageDescription, pageHeaders, pageReply } from '../pages/list-page.ts';
import { keyExample } from './examples.ts';
import { createKey, deleteKey, getKey, keyBody, keyPatch, keysQuery, listKeys, patchKey } from './keys.ts';
import { keyReply, newKeyReply } from './reply-schemas.ts';
import { rotateKey } from './rotate-key.ts';
import { graceBody } from './rotation.ts';

export const keyRoutes: readonly Route<Services>[] = [
  {
    method: 'POST',
    path: '/v1/keys',
    operationId: 'createKey',
    tag: 'keys',
    summary: 'New inference key',
    access: 'manage',
    scope: 'keys:write',
    surface: openaiSurface,
    body: keyBody,
    replies: { 201: newKeyReply },
    errors: ['not_found', 'confirmation_required'],
    examples: {
      body: { owner_id: keyExample.owner_id, label: 'laptop', rpm_limit: 60 },
      reply: { ...keyExample, key: 'rsk_…' },
    },
    handle: createKey,
  },
  {
    method: 'GET',
    path: '/v1/keys',
    operationId: 'listKeys',
    tag: 'keys',
    summary: 'Keys, of one owner or of everybody',
    description: pageDescription,
    access: 'manage',
    scope: 'keys:read',
    surface: openaiSurface,
    query: keysQuery,
    replies: { 200: pageReply(keyReply) },
    errors: ['invalid_request_error'],
    headers: { reply: pageHeaders },
    handle: listKeys,
  },
  {
    method: 'GET',
    path: '/v1/keys/{id}',
    operationId: 'getKey',
    tag: 'keys',
    summary: 'One key',
    access: 'manage',
    scope: 'keys:read',
    surface: openaiSurface,
    replies: { 200: keyReply },
    errors: ['not_found'],
    handle: getKey,
  },
  {
    method: 'PATCH',
    path: '/v1/keys/{id}',
    operationId: 'updateKey',
    tag: 'keys',
    summary: 'Change a key',
    description:
      'Fields that are not named stay. Any number of changes at once succeed, each field as the last one says; but one that ' +
      'activates a key does not undo a suspension that came while it was under way: the answer says what holds.',
    access: 'manage',
    scope: 'keys:write',
    surface: openaiSurface,
    body: keyPatch,
    replies: { 200: keyReply },
    errors: ['not_found', 'confirmation_required'],
    examples: { body: { label: 'phone' }, reply: { ...keyExample, label: 'phone' } },
    handle: patchKey,
  },
  {
    method: 'POST',
    path: '/v1/keys/{id}/rotate',
    operationId: 'rotateKey',
    tag: 'keys',
    summary: 'A new text for a key; the old one works for some time more',
    access: 'manage',
    scope: 'keys:write',
    surface: openaiSurface,
    body: graceBody,
    replies: { 200: newKeyReply },
    errors: ['not_found'],
    examples: { body: { grace_seconds: 3_600 }, reply: { ...keyExample, key: 'rsk_…' } },
    handle: rotateKey,
  },
  {
    method: 'DELETE',
    path: '/v1/keys/{id}',
    operationId: 'suspendKey',
    tag: 'keys',
    summary: 'Suspend a key',
    access: 'manage',
    scope: 'keys:write',
    surface: openaiSurface,
    replies: { 204: null },
    errors: ['not_found'],
    handle: deleteKey,
  },
];
