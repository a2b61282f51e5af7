import { expect, test } from '@jest/globals';
import { alertKinds } from '../../../core/alerts/alerts.ts';
import { alertRules } from './alert-rules.ts';

test('each kind of alert is explained, and no other', () => {
  expect(Object.keys(alertRules).sort()).toEqual([...alertKinds].sort());
});
