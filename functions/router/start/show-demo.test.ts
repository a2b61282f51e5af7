import { expect, test } from '@jest/globals';
import { describeDemo } from './show-demo.ts';

test('a key that the operator has given is never shown', () => {
  const demo = { admin: 'mak_demo', inference: 'rsk_demo' };
  expect(describeDemo(8787, demo, null, ['mesh/echo'])).toContain('Admin key          from MESH_ADMIN_KEY');
  expect(describeDemo(8787, demo, null, ['mesh/echo'])).not.toContain('mak_');
  expect(describeDemo(8787, demo, demo.admin, ['mesh/echo'])).toContain('Admin key          mak_demo');
});
