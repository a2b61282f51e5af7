import { expect, test } from '@jest/globals';
import { memoryLog } from './memory-log.ts';
import { undocumentedRefusals } from './undocumented-refusals.ts';

test('finds refusals that the document does not know of', () => {
  const log = memoryLog();
  const refuse = (path: string, code: string) => log.info('refused', { path, code });
  refuse('/v1/models/acme/large', 'model_not_found');
  refuse('/v1/chat/completions', 'method_not_allowed');
  refuse('/v1/nothing', 'not_found');
  expect(undocumentedRefusals(log)).toEqual([]);
  refuse('/v1/models/acme/large', 'upstream_error');
  refuse('/v1/balance', 'payload_too_large');
  expect(undocumentedRefusals(log)).toEqual([
    '/v1/models/acme/large: upstream_error',
    '/v1/balance: payload_too_large',
  ]);
});
