import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { getCredits, getOwnKey } from './account.ts';
import { getAttempts } from './attempts.ts';
import { entriesQuery, listEntries } from './entries.ts';
import { eventsExamples, refusalsExamples, usageExamples } from './examples.ts';
import { generationQuery, getGeneration } from './generation.ts';
import { eventsBody, queryEvents } from './query-events.ts';
import { queryRefusals, refusalsBody } from './query-refusals.ts';
import { queryUsage, usageBody } from './query-usage.ts';
import {
  attemptsReply,
  creditsReply,
  entriesReply,
  eventsReply,
  generationReply,
  ownKeyReply,
  refusalsReply,
  usageReply,
} from './reply-schemas.ts';

/** Of a reply that is CSV. */
const csvHeaders = {
  'X-Mesh-Truncated': 'With CSV: whether there is more than was sent.',
  'X-Mesh-Next-Cursor': 'With CSV: where the next page begins, if there is one.',
};

export const usageRoutes: readonly Route<Services>[] = [
  {
    method: 'POST',
    path: '/v1/usage',
    operationId: 'queryUsage',
    tag: 'usage',
    summary: 'Usage added up by day, hour, model, provider or key; with the admin key anybody’s',
    access: 'either',
    surface: openaiSurface,
    body: usageBody,
    replies: { 200: usageReply },
    errors: ['not_found'],
    headers: { reply: csvHeaders },
    examples: usageExamples,
    csv: true,
    handle: queryUsage,
  },
  {
    method: 'POST',
    path: '/v1/usage/events',
    operationId: 'queryUsageEvents',
    tag: 'usage',
    summary: 'Requests one by one, charged or failed, the newest first; as JSON pages or as CSV',
    access: 'either',
    surface: openaiSurface,
    body: eventsBody,
    replies: { 200: eventsReply },
    errors: ['not_found'],
    headers: { reply: csvHeaders },
    examples: eventsExamples,
    csv: true,
    handle: queryEvents,
  },
  {
    method: 'POST',
    path: '/v1/usage/refusals',
    operationId: 'queryRefusals',
    tag: 'usage',
    summary: 'Requests that were refused before they cost anything, by key, code and minute',
    access: 'either',
    surface: openaiSurface,
    body: refusalsBody,
    replies: { 200: refusalsReply },
    errors: ['not_found'],
    examples: refusalsExamples,
    handle: queryRefusals,
  },
  {
    method: 'GET',
    path: '/v1/usage/events/{id}/attempts',
    operationId: 'listAttempts',
    tag: 'usage',
    summary: 'Where a request was tried, in order',
    access: 'either',
    surface: openaiSurface,
    replies: { 200: attemptsReply },
    errors: ['not_found'],
    handle: getAttempts,
  },
  {
    method: 'GET',
    path: '/v1/generation',
    operationId: 'getGeneration',
    tag: 'usage',
    summary: 'One request by `?id=`, in OpenRouter’s words',
    access: 'inference',
    surface: openaiSurface,
    query: generationQuery,
    replies: { 200: generationReply },
    errors: ['invalid_request_error', 'not_found'],
    handle: getGeneration,
  },
  {
    method: 'GET',
    path: '/v1/credits',
    operationId: 'getCredits',
    tag: 'account',
    summary: 'What was put in and spent, in OpenRouter’s words',
    access: 'inference',
    surface: openaiSurface,
    replies: { 200: creditsReply },
    handle: getCredits,
  },
  {
    method: 'GET',
    path: '/v1/key',
    operationId: 'getOwnKey',
    tag: 'account',
    summary: 'This key, in OpenRouter’s words',
    access: 'inference',
    surface: openaiSurface,
    replies: { 200: ownKeyReply },
    handle: getOwnKey,
  },
  {
    method: 'GET',
    path: '/v1/owners/{id}/entries',
    operationId: 'listEntries',
    tag: 'owners',
    summary: 'Lines of the ledger, the newest first',
    access: 'admin',
    scope: 'usage:read',
    surface: openaiSurface,
    query: entriesQuery,
    replies: { 200: entriesReply },
    errors: ['invalid_request_error', 'not_found'],
    handle: listEntries,
  },
];
