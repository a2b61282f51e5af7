import { z } from 'zod';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import { time } from '../../http/reply-fields.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { auditQuery, listAuditLogs } from './audit-logs.ts';

const auditReply = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      act: z.string().describe('`key.create`, `owner.update`, …'),
      at: time,
      actor: z.string().nullable().describe('`admin:` or `key:` and an id; null for acts of before this was kept.'),
      request_id: z.string(),
      about: z.record(z.string(), z.unknown()).describe('Ids, and what else the act says.'),
    }),
  ),
  next_before: time.nullable().describe('Pass it as `before` for the next page; null: there is none.'),
});

export const auditRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/audit-logs',
    operationId: 'listAuditLogs',
    tag: 'operations',
    summary: 'Administrative acts, newest first; JSON or CSV',
    access: 'admin',
    scope: 'audit:read',
    surface: openaiSurface,
    query: auditQuery,
    replies: { 200: auditReply },
    errors: ['invalid_request_error'],
    csv: true,
    handle: listAuditLogs,
  },
];
