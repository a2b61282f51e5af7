import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLog } from '../../../test/support/memory-log.ts';
import { ALERTS, alertId, alertKinds } from '../../core/alerts/alerts.ts';
import type { Documents } from '../../core/store/documents.ts';
import { openSqliteDocuments } from '../documents/sqlite-documents.ts';
import { raiseAlert, sendAlert } from './raise-alert.ts';

let documents: Documents;
/** As they are on the wire. */
let sent: string[];

const ports = () => ({
  documents,
  log: silentLog,
  events: {
    publish: async (_topic: string, event: unknown) => {
      sent.push(JSON.stringify(event));
    },
    close: async () => {},
  },
});

beforeEach(async () => {
  sent = [];
  documents = await openSqliteDocuments(':memory:');
});
afterEach(() => documents.close());

test.each(alertKinds)(
  'an alert of the kind %s can be sent, whatever its facts are, and sent again from the store',
  async (kind) => {
    const at = new Date('2026-11-28T07:00:00.000Z');
    const facts = { status: 401n, nanos: 2n ** 62n, ratio: 1.5, since: at, ids: ['req_1'], none: null };
    const alert = { kind, subject: 'a|b', at, facts };
    await raiseAlert(ports(), alert);
    const expected = {
      id: alertId(alert),
      data: {
        kind,
        subject: 'a|b',
        at: at.toISOString(),
        status: 401,
        nanos: String(2n ** 62n),
        ratio: 1.5,
        since: at.toISOString(),
        ids: ['req_1'],
        none: null,
      },
    };
    const stored = await documents.get(ALERTS, alertId(alert));
    expect(stored?.data.sent).toBe(true);
    await sendAlert(ports(), { kind, subject: 'a|b', at, facts: stored?.data.facts as typeof facts });
    expect(sent.map((text) => JSON.parse(text))).toEqual([expected, expected]);
  },
);

test('is sent once, however often it is raised', async () => {
  const alert = { kind: 'overage' as const, subject: 'a', at: new Date(0), facts: {} };
  await raiseAlert(ports(), alert);
  await raiseAlert(ports(), alert);
  expect(sent).toHaveLength(1);
});
