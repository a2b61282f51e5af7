import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { pageDescription, pageHeaders, pageReply } from '../pages/list-page.ts';
import { providerKeyExample } from './examples.ts';
import {
  createProviderKey,
  deleteProviderKey,
  getProviderKey,
  listProviderKeys,
  patchProviderKey,
  providerKeyBody,
  providerKeyPatch,
  providerKeysQuery,
} from './provider-keys.ts';
import { providerKeyReply, testReply } from './reply-schemas.ts';
import { testProviderKey } from './test-provider-key.ts';

const reading = {
  tag: 'provider keys',
  access: 'manage',
  scope: 'provider_keys:read',
  surface: openaiSurface,
} as const;
const writing = { ...reading, scope: 'provider_keys:write' } as const;

export const providerKeyRoutes: readonly Route<Services>[] = [
  {
    ...writing,
    method: 'POST',
    path: '/v1/provider-keys',
    operationId: 'createProviderKey',
    summary: 'An owner’s own key for a provider',
    body: providerKeyBody,
    replies: { 201: providerKeyReply },
    errors: ['not_found', 'conflict', 'provider_not_available'],
    examples: {
      body: { provider: 'anthropic', key: 'sk-ant-example-x7Qa', label: 'our contract' },
      reply: providerKeyExample,
    },
    handle: createProviderKey,
  },
  {
    ...reading,
    method: 'GET',
    path: '/v1/provider-keys',
    operationId: 'listProviderKeys',
    summary: 'Provider keys, of one owner or of everybody',
    description: pageDescription,
    query: providerKeysQuery,
    replies: { 200: pageReply(providerKeyReply) },
    errors: ['invalid_request_error', 'not_found'],
    headers: { reply: pageHeaders },
    handle: listProviderKeys,
  },
  {
    ...reading,
    method: 'GET',
    path: '/v1/provider-keys/{id}',
    operationId: 'getProviderKey',
    summary: 'One provider key',
    replies: { 200: providerKeyReply },
    errors: ['not_found'],
    handle: getProviderKey,
  },
  {
    ...writing,
    method: 'PATCH',
    path: '/v1/provider-keys/{id}',
    operationId: 'updateProviderKey',
    summary: 'Change what a provider key is used for',
    body: providerKeyPatch,
    replies: { 200: providerKeyReply },
    errors: ['not_found', 'conflict'],
    examples: { body: { fallback: 'platform' }, reply: { ...providerKeyExample, fallback: 'platform' } },
    handle: patchProviderKey,
  },
  {
    ...writing,
    method: 'POST',
    path: '/v1/provider-keys/{id}/test',
    operationId: 'testProviderKey',
    summary: 'Whether a provider key works: its cheapest model is asked for one token, on the owner’s own account',
    replies: { 200: testReply },
    errors: ['not_found'],
    examples: {
      reply: {
        outcome: 'refused',
        message: 'The provider does not take this key, or not for that model.',
        provider_code: '401',
        model: 'anthropic/claude-haiku-4.5',
      },
    },
    handle: testProviderKey,
  },
  {
    ...writing,
    method: 'DELETE',
    path: '/v1/provider-keys/{id}',
    operationId: 'deleteProviderKey',
    summary: 'Delete a provider key, with its secret',
    replies: { 204: null },
    errors: ['not_found', 'provider_not_available'],
    handle: deleteProviderKey,
  },
];
