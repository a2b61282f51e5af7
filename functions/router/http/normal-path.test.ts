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
  ['/v1/models/google/gemini:streamGenerateContent', '/v1beta/models/google/gemini:streamGenerateContent'],
  ['/v1alpha/models/g:countTokens', '/v1beta/models/g:countTokens'],
  ['/v1/models/deepseek/r1:free', '/v1/models/deepseek/r1:free'],
  ['/', '/'],
  ['///', '/'],
  ['/api/v10/models', '/api/v10/models'],
  ['/api', '/api'],
])('%s is %s', (path, normal) => expect(normalPath(path)).toBe(normal));
