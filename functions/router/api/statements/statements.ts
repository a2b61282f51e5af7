import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';
import { formatRate } from '../../../core/money/fx.ts';
import { formatAmount } from '../../../core/money/money.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import { toOwnerId, toReader } from '../../access/actor.ts';
import { findOwner } from '../../access/find-owner.ts';
import { type Call, commonHeaders } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import { writeOut } from '../../http/write-out.ts';
import type { Services } from '../../way/services.ts';
import { sendCsv, wantsCsv } from '../usage/csv.ts';
import { encodeRow } from '../usage/usage-rows.ts';
import { STATEMENT_WAIT_MS, toMonth } from './month.ts';
import { readStatement, type Statement } from './read-statement.ts';
import { toStatementCsv } from './statement-csv.ts';
import { renderStatement, STATEMENT_CSP } from './statement-page.ts';

export const statementQuery = z.strictObject({
  owner_id: z.string().min(1).optional().describe('With the admin key: whose statement.'),
  format: z.enum(['json', 'csv', 'html']).optional(),
});

/** `GET /v1/statements/{month}`: what became of an owner's money in a month, as JSON, as CSV or as a page to be printed. */
export async function getStatement(call: Call, services: Services, month: string): Promise<Reply | undefined> {
  const reader = await toReader(call, services);
  const query = statementQuery.safeParse(Object.fromEntries(call.query));
  if (!query.success) throw toValidationError(query.error);
  const { owner_id, format } = query.data;
  const ownerId = await toOwnerId(services, reader, owner_id);
  if (ownerId === null) {
    throw new MeshError('invalid_request_error', { param: 'owner_id', message: 'Say whose statement is wanted.' });
  }
  const range = toMonth(month);
  if (range === null || range.start.getTime() > services.now()) {
    throw new MeshError('not_found', { message: 'There is no such month yet: name one as `2026-11`.' });
  }
  const statement = await readStatement(services.documents, await findOwner(services, ownerId), range);
  const isOver = range.end.getTime() + STATEMENT_WAIT_MS <= services.now();
  if (format === 'html') {
    sendPage(call, renderStatement(statement, month, isOver));
    return undefined;
  }
  if (wantsCsv(call, format)) {
    await sendCsv(call, toStatementCsv(statement), `statement-${month}`, statement.truncated);
    return undefined;
  }
  return { status: 200, body: encodeStatement(statement, month, isOver) };
}

function encodeStatement(statement: Statement, month: string, isOver: boolean) {
  const { ownerId, name, currency, range, opening, closing, sums, lines, truncated, charges, charged } = statement;
  return {
    month,
    owner_id: ownerId,
    name,
    currency,
    start: range.start.toISOString(),
    end: range.end.toISOString(),
    final: isOver,
    opening_balance: formatAmount(opening),
    topups: formatAmount(sums.topup),
    adjustments: formatAmount(sums.adjustment),
    refunds: formatAmount(sums.refund),
    charges: formatAmount(charged.amount),
    charges_usd: formatAmount(charged.usd),
    charges_inr: formatAmount(charged.inr),
    closing_balance: formatAmount(closing),
    lines: lines.map(({ id, kind, amount, reference, reason, createdAt }) => ({
      id,
      kind,
      amount: formatAmount(amount),
      reference,
      reason,
      created_at: createdAt.toISOString(),
    })),
    models: charges.map((row) => encodeRow(row, ['model', 'provider'])),
    rates: statement.rates.map(({ rate, asOf, source }) => ({ rate: formatRate(rate), as_of: asOf, source })),
    truncated,
  };
}

function sendPage(call: Call, html: string): void {
  call.res.writeHead(200, {
    ...commonHeaders(call),
    'content-type': 'text/html; charset=utf-8',
    'content-length': String(Buffer.byteLength(html)),
    'cache-control': 'private, no-store',
    'content-security-policy': STATEMENT_CSP,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  writeOut(call.res, html);
}
