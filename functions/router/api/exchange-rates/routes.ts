import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { getRates, putRate, rateBody } from './exchange-rates.ts';
import { ratesReply } from './reply-schemas.ts';

export const exchangeRateRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/rates',
    operationId: 'getExchangeRate',
    tag: 'operations',
    summary: 'Rupees per dollar: now, and by day',
    access: 'admin',
    scope: 'operations:read',
    surface: openaiSurface,
    replies: { 200: ratesReply },
    handle: getRates,
  },
  {
    method: 'PUT',
    path: '/v1/rates/USD_INR',
    operationId: 'setExchangeRate',
    tag: 'operations',
    summary: 'Set the rate by hand',
    description:
      'It is used until a source has a new rate. One that is more than 5 % away from the last that a source gave, or of a day ' +
      'that has not come, needs `confirm: true`.',
    access: 'admin',
    scope: 'operations:write',
    surface: openaiSurface,
    body: rateBody,
    replies: { 200: ratesReply },
    errors: ['confirmation_required'],
    examples: { body: { rate: '88.5', as_of: '2026-11-20', reason: 'The source was down' } },
    handle: putRate,
  },
];
