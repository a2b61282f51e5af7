import { describe, expect, test } from '@jest/globals';
import { LONG_JSON, writeJson } from './write-json.ts';

const text = async (value: unknown) => {
  const json = await writeJson(value);
  return typeof json === 'string' ? json : Buffer.concat(json).toString();
};

describe('JSON for an upstream', () => {
  test('is a string where it is short', () => {
    expect(writeJson({ model: 'm', messages: [{ role: 'user', content: 'Hi.' }] })).toBe(
      '{"model":"m","messages":[{"role":"user","content":"Hi."}]}',
    );
  });

  test.each([
    ['one long text', { messages: [{ content: 'слово '.repeat(LONG_JSON) }] }],
    ['many short ones', { messages: Array.from({ length: LONG_JSON / 16 }, (_, at) => ({ content: `${at}` })) }],
    ['long names', { ['x'.repeat(LONG_JSON)]: 1 }],
  ])('is written in slices where it has %s', async (_, value) => {
    expect(writeJson(value)).toBeInstanceOf(Promise);
    expect((await text(value)) === JSON.stringify(value)).toBe(true);
  });

  test('lets others have their turn', async () => {
    let turns = 0;
    let done = false;
    const count = () => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    await writeJson({ content: '\\"слово'.repeat(2 * LONG_JSON) });
    done = true;
    // In one go there would be none.
    expect(turns).toBeGreaterThan(3);
  });
});
