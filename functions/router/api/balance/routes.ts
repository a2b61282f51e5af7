import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { getBalance } from './balance.ts';
import { balanceReply } from './reply-schemas.ts';

export const balanceRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/balance',
    operationId: 'getBalance',
    tag: 'account',
    summary: 'The balance of the key’s owner',
    access: 'inference',
    surface: openaiSurface,
    replies: { 200: balanceReply },
    examples: {
      reply: {
        balance_usd: '9.5',
        available_usd: '9.25',
        reserved_usd: '0.25',
        currency: 'USD',
        balance_inr: '841.7',
        updated_at: '2026-11-28T12:00:00.000Z',
      },
    },
    handle: getBalance,
  },
];
