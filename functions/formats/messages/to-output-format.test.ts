import { describe, expect, test } from '@jest/globals';
import { messagesBodyOf as bodyOf } from '../../../test/support/messages-body.ts';

describe('an answer by a JSON schema', () => {
  const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 0 } } };
  const format = (json_schema: object) => ({ response_format: { type: 'json_schema', json_schema } });

  test('is constrained by what the API can check, and told the rest', () => {
    expect(bodyOf({ ...format({ name: 'p', description: 'A person.', schema }) }).output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          description: 'A person.',
          properties: { age: { type: 'integer', description: '(minimum: 0)' } },
          additionalProperties: false,
        },
      },
    });
  });

  test('goes together with an effort', () => {
    const fields = { ...format({ name: 'p', schema }), reasoning_effort: 'high' };
    expect(bodyOf(fields, { send: 'effort' }).output_config).toMatchObject({ effort: 'high', format: {} });
  });

  test.each([
    [{ name: 'p', schema, strict: true }, 'response_format.json_schema.schema.properties.age.minimum'],
    [{ name: 'p' }, 'response_format.json_schema.schema'],
  ])('by %j is refused where all of it is required', (json_schema, param) => {
    expect(() => bodyOf({ ...format(json_schema), provider: { require_parameters: true } })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param }),
    );
  });

  test('that is strict is sent with in words what cannot be checked', () => {
    const { format: sent } = bodyOf(format({ name: 'p', schema, strict: true })).output_config as { format: object };
    expect(sent).toMatchObject({ schema: { properties: { age: { type: 'integer', description: '(minimum: 0)' } } } });
  });
});
