import { expect, test } from '@jest/globals';
import { hashKey, makeKey } from '../core/keys.ts';
import type { Call } from './http/call.ts';
import { routes } from './routes.ts';
import type { Services } from './way/services.ts';

const inference = makeKey('rsk', new Uint8Array(32).fill(1));
const admin = makeKey('mak', new Uint8Array(32).fill(2));
const otherAdmin = makeKey('mak', new Uint8Array(32).fill(3));

test('the paths of the administration are open to its own key alone', async () => {
  const guarded = routes.filter(({ access }) => access === 'admin');
  expect(guarded.length).toBeGreaterThan(10);
  // Nothing else is there: a handler that is reached fails for want of it.
  const services = { adminKeyHash: hashKey(admin) } as Services;
  for (const route of guarded) {
    for (const key of [inference, otherAdmin, 'nonsense']) {
      const call = { req: { headers: { authorization: `Bearer ${key}` } } } as unknown as Call;
      const answer = async () => route.handle(call, services, 'own_a');
      await expect(answer()).rejects.toMatchObject({ code: key === inference ? 'forbidden' : 'unauthorized' });
    }
  }
});
