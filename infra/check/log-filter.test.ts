import { expect, test } from '@jest/globals';
import { matchesFilter } from './log-filter.ts';

const entry = {
  severity: 'ERROR',
  resource: { type: 'cloud_run_revision', labels: { service_name: 'router' } },
  jsonPayload: { message: 'a "b" c', code: 'x', count: 2, nothing: null },
};

test.each([
  ['severity>=WARNING', true],
  ['severity>=CRITICAL', false],
  ['resource.labels.service_name=("usage" OR "router")', true],
  ['resource.labels.service_name=("usage" OR "fx")', false],
  ['jsonPayload.message="a \\"b\\" c" jsonPayload.count>1', true],
  ['jsonPayload.count>2', false],
  ['jsonPayload.message:"b"', true],
  ['NOT jsonPayload.nothing="y"\n  jsonPayload.code="x"', true],
  ['NOT jsonPayload.code="x"', false],
  ['(textPayload:"Memory limit" OR severity>=ERROR)', true],
  ['(textPayload:"Memory limit" OR severity>=CRITICAL) jsonPayload.code="x"', false],
  ['jsonPayload.code!="x"', false],
])('%s: %s', (filter, is) => expect(matchesFilter(filter, entry)).toBe(is));

test.each(['jsonPayload.code ~ "x"', 'x', 'a="b', '(a="b" AND c="d")'])('%s is not understood', (filter) => {
  expect(() => matchesFilter(filter, entry)).toThrow('not understood');
});
