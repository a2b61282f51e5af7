import { expect, test } from '@jest/globals';
import { MeshError } from '../../core/errors.ts';
import { withOwnParams } from './own-param.ts';

test.each([
  ['messages.0.content.0.file', 'input'],
  ['tools.2.function.parameters', 'tools.2.parameters'],
  ['response_format.json_schema.schema', 'text.format.schema'],
  ['max_completion_tokens', 'max_output_tokens'],
  ['temperature', 'temperature'],
])('%s is said as %s, in the words too', (param, own) => {
  const fail = () => {
    throw new MeshError('invalid_request_error', { param, message: `${param} is wrong.`, retryAfterSeconds: 3 });
  };
  expect(() => withOwnParams(fail)).toThrow(
    expect.objectContaining({
      code: 'invalid_request_error',
      param: own,
      message: `${own} is wrong.`,
      retryAfterSeconds: 3,
    }),
  );
});
