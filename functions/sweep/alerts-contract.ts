import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../test/support/memory-log.ts';
import { ALERTS, type Alert, alertId, alertKinds } from '../core/alerts/alerts.ts';
import type { Documents } from '../core/store/documents.ts';
import { openSqliteDocuments } from '../platform/documents/sqlite-documents.ts';
import type { Event, EventHandler, Events } from '../platform/events/events.ts';
import { raiseAlert } from '../platform/events/raise-alert.ts';
import { sweep, UNSENT_ALERT_MS } from './sweep.ts';

const LIMIT_MS = 30_000;
const broken: Events = { publish: () => Promise.reject(new Error('nobody is there')), close: async () => {} };
/** All that a fact may be, as the store gives it back. */
const facts = {
  status: 401n,
  balance: 9_007_199_254_740_993n,
  ratio: 1.5,
  since: new Date(0),
  request_ids: ['req_1', 'req_2'],
  nested: { count: 3n },
  none: null,
};
const asSent = {
  ...facts,
  status: 401,
  balance: '9007199254740993',
  since: '1970-01-01T00:00:00.000Z',
  nested: { count: 3 },
};

/**
 * That an alert of each kind arrives, whichever way it is sent and whatever it says. `open` connects the topic `alerts` to a
 * handler.
 */
export function describeAlerts(name: string, open: (handle: EventHandler) => Promise<Events>): void {
  describe(name, () => {
    let documents: Documents;
    let events: Events;
    let heard: (event: Event) => void = () => {};
    beforeAll(async () => {
      documents = await openSqliteDocuments(':memory:');
      events = await open(async (event) => heard(event));
    }, LIMIT_MS);
    afterAll(async () => {
      await events.close();
      await documents.close();
    });

    /** What arrives under an alert's id; a broker may also bring an older one again. */
    const arrival = (alert: Alert) =>
      new Promise<Event>((resolve) => {
        heard = (event) => {
          if (event.id === alertId(alert)) resolve(event);
        };
      });
    const expected = (alert: Alert) => ({
      id: alertId(alert),
      data: { kind: alert.kind, subject: alert.subject, at: alert.at.toISOString(), ...asSent },
    });
    const isSent = async (alert: Alert) => (await documents.get(ALERTS, alertId(alert)))?.data.sent;

    test.each(alertKinds)(
      '%s is sent when it is raised, once',
      async (kind) => {
        const alert: Alert = { kind, subject: 'raised|a', at: new Date(), facts };
        const arrived = arrival(alert);
        await raiseAlert({ documents, events, log: silentLog }, alert);
        expect(await arrived).toEqual(expected(alert));
        expect(await isSent(alert)).toBe(true);
        await raiseAlert({ documents, events: broken, log: silentLog }, alert);
      },
      LIMIT_MS,
    );

    test.each(alertKinds)(
      '%s is sent by a sweep where it could not be before, and then no more',
      async (kind) => {
        const at = new Date(Date.now() - UNSENT_ALERT_MS - 1_000);
        const alert: Alert = { kind, subject: 'lost|a', at, facts };
        await expect(raiseAlert({ documents, events: broken, log: silentLog }, alert)).rejects.toThrow('nobody');
        expect(await isSent(alert)).toBe(false);
        const arrived = arrival(alert);
        expect(await sweep({ documents, events, log: silentLog })).toMatchObject({ alerts_sent: 1, failed: 0 });
        expect(await arrived).toEqual(expected(alert));
        expect(await sweep({ documents, events: broken, log: silentLog })).toMatchObject({ alerts_sent: 0, failed: 0 });
      },
      LIMIT_MS,
    );
  });
}
