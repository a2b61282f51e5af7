import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { csvHeaders } from '../usage/csv.ts';
import { statementReply } from './reply-schemas.ts';
import { getStatement, statementQuery } from './statements.ts';

export const statementRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/statements/{id}',
    operationId: 'getStatement',
    tag: 'account',
    summary: 'What became of an owner’s money in a month, as `2026-11` (UTC)',
    description: '`format` is `json`, `csv`, or `html` for a page to be printed.',
    access: 'either',
    surface: openaiSurface,
    query: statementQuery,
    replies: { 200: statementReply },
    errors: ['invalid_request_error', 'not_found'],
    headers: { reply: csvHeaders },
    csv: true,
    page: true,
    handle: getStatement,
  },
];
