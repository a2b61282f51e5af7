import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { memoryLog } from '../../test/support/memory-log.ts';
import { ALERTS } from '../core/alerts/alerts.ts';
import {
  ALERT_CHANNELS,
  channelDocument,
  channelSecret,
  ROTATION_GRACE_MS,
  showSecret,
} from '../core/channels/channels.ts';
import { DELIVERIES, RETRY_AFTER_MS } from '../core/channels/deliveries.ts';
import type { Documents, Fields } from '../core/store/documents.ts';
import { openSqliteDocuments } from '../platform/documents/sqlite-documents.ts';
import { OutsideError, type OutsideRequest } from '../platform/upstream/post-outside.ts';
import type { Deliverer } from './deliver.ts';
import { handleWebhooks } from './webhooks.ts';

const ownKey = Buffer.alloc(32, 7);
const START = Date.parse('2026-11-28T12:00:00Z');
let documents: Documents;
let now: number;
/** What was sent, and what the other side does. */
let sent: OutsideRequest[];
let answer: () => number | Promise<number>;
let deliverer: Deliverer;

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  now = START;
  sent = [];
  answer = () => 204;
  deliverer = {
    documents,
    events: { publish: async () => {}, close: async () => {} },
    log: memoryLog(),
    ownKey,
    mail: { url: 'https://mail.example/emails', from: 'mesh@example.com', key: async () => 'mail-key' },
    now: () => now,
    async post(request) {
      sent.push(request);
      return { status: await answer() };
    },
  };
});
afterEach(() => documents.close());

const channel = (id: string, more: Fields = {}) =>
  documents.commit([
    {
      kind: 'set',
      collection: ALERT_CHANNELS,
      id: channelDocument(id),
      data: {
        channel_id: id,
        owner_id: 'own_1',
        type: 'webhook',
        target: 'https://example.com/hook',
        kinds: null,
        status: 'active',
        secret_number: 1n,
        created_at: new Date(START),
        ...more,
      },
      expect: 'any',
    },
  ]);
const alert = (more: object = {}) =>
  handleWebhooks(deliverer, {
    id: 'alert_1',
    data: {
      kind: 'low_balance',
      subject: 'own_1|',
      at: '2026-11-28T12:00:00.000Z',
      owner_id: 'own_1',
      remaining: '0.09',
      ...more,
    },
  });
const due = () => handleWebhooks(deliverer, { id: 'due', data: {} });
const deliveries = async () => (await documents.query({ collection: DELIVERIES })).map(({ data }) => data);

describe('an alert', () => {
  test('is told to each channel of its owner and of the operator that wants it, and to no other', async () => {
    await channel('a');
    await channel('everything', { owner_id: '' });
    await channel('others', { owner_id: 'own_2' });
    await channel('caps', { kinds: ['cap_100'] });
    await channel('off', { status: 'disabled' });
    expect(await alert()).toEqual(['delivered', 'delivered']);
    expect(sent.map(({ headers }) => headers['webhook-id']).sort()).toEqual(['alert_1.a', 'alert_1.everything']);
  });

  test('of no owner is the operator’s alone', async () => {
    await channel('a');
    await channel('everything', { owner_id: '' });
    expect(await alert({ owner_id: undefined })).toEqual(['delivered']);
  });

  test('that is heard of twice is told once', async () => {
    await channel('a');
    await alert();
    expect(await alert()).toEqual(['skipped']);
    expect(sent).toHaveLength(1);
  });

  test('says what it is in the form that Standard Webhooks’ own verifier accepts', async () => {
    now = Date.now();
    await channel('a');
    await alert();
    const [{ headers, body }] = sent as [OutsideRequest];
    const verifier = new Webhook(showSecret(channelSecret(ownKey, 'a', 1)));
    expect(verifier.verify(body, { ...headers })).toEqual({
      type: 'alert.low_balance',
      timestamp: '2026-11-28T12:00:00.000Z',
      data: { alert_id: 'alert_1', subject: 'own_1|', owner_id: 'own_1', remaining: '0.09' },
    });
    expect(() => verifier.verify(`${body} `, { ...headers })).toThrow();
    expect(() => new Webhook(showSecret(channelSecret(ownKey, 'b', 1))).verify(body, { ...headers })).toThrow();
  });

  test.each([
    [ROTATION_GRACE_MS - 1, 2],
    [ROTATION_GRACE_MS, 1],
  ])('%i ms after a rotation has %i signatures', async (age, count) => {
    now = Date.now();
    await channel('a', { secret_number: 2n, rotated_at: new Date(now - age) });
    await alert();
    const [{ headers, body }] = sent as [OutsideRequest];
    expect(String(headers['webhook-signature']).split(' ')).toHaveLength(count);
    new Webhook(showSecret(channelSecret(ownKey, 'a', 2))).verify(body, { ...headers });
  });

  test('goes to Slack and by mail in words', async () => {
    await channel('s', { type: 'slack', target: 'https://hooks.slack.com/services/x' });
    await channel('m', { type: 'email', target: 'ada@example.com' });
    await alert({ remaining: '<!channel>' });
    const bodies = sent.map(({ url, body }) => [url, JSON.parse(body)]);
    expect(bodies).toContainEqual([
      'https://hooks.slack.com/services/x',
      { text: expect.stringContaining('The balance is low\n') },
    ]);
    expect(sent.find(({ url }) => url.includes('slack'))?.body).toContain('&lt;!channel&gt;');
    expect(bodies).toContainEqual([
      'https://mail.example/emails',
      expect.objectContaining({ from: 'mesh@example.com', to: ['ada@example.com'], subject: 'The balance is low' }),
    ]);
  });
});

describe('a delivery', () => {
  test('that nobody takes is tried for a day, and then given up', async () => {
    await channel('a');
    answer = () => 500;
    expect(await alert()).toEqual(['retried']);
    for (const [at, wait] of RETRY_AFTER_MS.entries()) {
      now += wait - 1;
      expect(await due()).toEqual([]);
      now += 1;
      expect(await due()).toEqual([at === RETRY_AFTER_MS.length - 1 ? 'failed' : 'retried']);
    }
    now += 86_400_000;
    expect(await due()).toEqual([]);
    expect(await deliveries()).toMatchObject([{ status: 'failed', attempts: 8n, last_status: 500n }]);
    expect(now - START - 86_400_000).toBeGreaterThan(0.9 * 86_400_000);
    const bodies = new Set(sent.map(({ body }) => body));
    expect([sent.length, bodies.size]).toEqual([8, 1]);
  });

  test('that is taken later is told as taken', async () => {
    await channel('a');
    answer = () => {
      throw new OutsideError('timeout');
    };
    await alert();
    expect(await deliveries()).toMatchObject([{ status: 'pending', last_error: 'timeout' }]);
    answer = () => 200;
    now += RETRY_AFTER_MS[0];
    expect(await due()).toEqual(['delivered']);
  });

  test('whose process died while it was tried is tried again', async () => {
    await channel('a');
    answer = () => {
      throw new Error('dies');
    };
    await expect(alert()).rejects.toThrow('dies');
    answer = () => 200;
    now += RETRY_AFTER_MS[0];
    expect(await due()).toEqual(['delivered']);
  });

  test('is tried by one at a time', async () => {
    await channel('a');
    const first = Promise.withResolvers<number>();
    answer = () => first.promise;
    const running = alert();
    while (sent.length === 0) await new Promise(setImmediate);
    expect(await alert()).toEqual(['skipped']);
    first.resolve(200);
    expect(await running).toEqual(['delivered']);
    expect(sent).toHaveLength(1);
  });

  test('a redirect is not taken for an answer', async () => {
    await channel('a');
    answer = () => 302;
    expect(await alert()).toEqual(['retried']);
  });

  test('that is answered with 410 switches its channel off, which is an alert for the others', async () => {
    await channel('a');
    answer = () => 410;
    expect(await alert()).toEqual(['failed']);
    expect((await documents.get(ALERT_CHANNELS, channelDocument('a')))?.data).toMatchObject({
      status: 'disabled',
      disabled_reason: 'gone',
    });
    expect((await documents.query({ collection: ALERTS })).map(({ data }) => data)).toMatchObject([
      { kind: 'channel_disabled', facts: { channel_id: 'a', owner_id: 'own_1' } },
    ]);
    expect(await alert()).toEqual([]);
  });

  test('by mail where nobody sends any waits, and says so', async () => {
    await channel('m', { type: 'email', target: 'ada@example.com' });
    deliverer.mail = null;
    expect(await alert()).toEqual(['retried']);
    expect(await deliveries()).toMatchObject([{ last_error: 'mail_not_configured' }]);
    expect(sent).toEqual([]);
  });

  test('one server that hangs does not hold up the others', async () => {
    for (const id of ['a', 'b', 'c']) await channel(id);
    const never = Promise.withResolvers<number>();
    let calls = 0;
    answer = () => (calls++ === 0 ? never.promise : 200);
    const running = alert();
    while (sent.length < 3) await new Promise(setImmediate);
    never.resolve(200);
    expect(await running).toEqual(['delivered', 'delivered', 'delivered']);
  });

  test('that two hear of at once is one, and told once', async () => {
    await channel('a');
    const outcomes = (await Promise.all([alert(), alert(), due(), due()])).flat();
    expect(outcomes.filter((outcome) => outcome === 'delivered')).toHaveLength(1);
    expect([(await deliveries()).length, sent.length]).toEqual([1, 1]);
  });

  test('that is delivered again while it is tried keeps what became of the later try', async () => {
    await channel('a');
    const slow = Promise.withResolvers<number>();
    answer = () => slow.promise;
    const running = alert();
    while (sent.length === 0) await new Promise(setImmediate);
    const [document] = await documents.query({ collection: DELIVERIES });
    const again = { status: 'pending', attempts: 0n, next_at: new Date(now) };
    if (document === undefined) throw new Error('There is no delivery.');
    const { id, version } = document;
    await documents.commit([{ kind: 'update', collection: DELIVERIES, id, data: again, expect: { version } }]);
    answer = () => 204;
    expect(await due()).toEqual(['delivered']);
    slow.resolve(500);
    expect(await running).toEqual(['retried']);
    expect(await deliveries()).toMatchObject([{ status: 'delivered', last_status: 204n }]);
  });

  test('that only the earlier of two tries brought home is delivered', async () => {
    await channel('a');
    const slow = Promise.withResolvers<number>();
    answer = () => slow.promise;
    const running = alert();
    while (sent.length === 0) await new Promise(setImmediate);
    now += RETRY_AFTER_MS[0];
    answer = () => 500;
    expect(await due()).toEqual(['retried']);
    slow.resolve(200);
    expect(await running).toEqual(['delivered']);
    now += 86_400_000;
    expect(await due()).toEqual([]);
    expect(await deliveries()).toMatchObject([{ status: 'delivered', last_status: 200n }]);
  });
});
