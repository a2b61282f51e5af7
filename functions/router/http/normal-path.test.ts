import { expect, test } from '@jest/globals';
import { normalPath } from './normal-path.ts';

test.each([
  ['/v1/models', '/v1/models'],
  ['/v1/models/', '/v1/models'],
  ['//v1//chat///completions', '/v1/chat/completions'],
  ['/api/v1/models', '/v1/models'],
  ['/api//v1/models/', '/v1/models'],
  ['/v1/v1/messages', '/v1/messages'],
  ['/api/v1/v1/messages/count_tokens', '/v1/messages/count_tokens'],
  ['/', '/'],
  ['///', '/'],
  ['/api/v10/models', '/api/v10/models'],
  ['/api', '/api'],
])('%s is %s', (path, normal) => expect(normalPath(path)).toBe(normal));
