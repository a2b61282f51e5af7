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
    access: 'admin',
    surface: openaiSurface,
    body: rateBody,
    replies: { 200: ratesReply },
    examples: { body: { rate: '88.5', as_of: '2026-11-20', reason: 'The source was down' } },
    handle: putRate,
  },
];
