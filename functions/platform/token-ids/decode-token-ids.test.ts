import { describe, expect, test } from '@jest/globals';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k from 'js-tiktoken/ranks/cl100k_base';
import { idDecoder } from './decode-token-ids.ts';

const tokenizer = new Tiktoken(cl100k);

describe('ids of cl100k_base', () => {
  // https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken
  test('are the text that OpenAI’s own example says', async () => {
    const decode = await idDecoder('cl100k_base');
    expect(decode([83, 1609, 5963, 374, 2294, 0])).toBe('tiktoken is great!');
  });

  test.each([
    'Hello, world. 1234567',
    'नमस्ते दुनिया, यह एक परीक्षा है',
    '日本語のテキスト 🙂 emoji',
    'def f(x):\n\treturn x ** 2\n\n',
    ' leading and trailing ',
  ])('are decoded as the package does: %s', async (text) => {
    const decode = await idDecoder('cl100k_base');
    expect(decode(tokenizer.encode(text))).toBe(text);
  });

  test('that are cut within a character have the mark of what cannot be read', async () => {
    const decode = await idDecoder('cl100k_base');
    const ids = tokenizer.encode('🙂');
    expect(ids.length).toBeGreaterThan(1);
    expect(decode(ids.slice(0, 1))).toBe('\ufffd');
  });

  test('that are marks of OpenAI’s own are their names', async () => {
    const decode = await idDecoder('cl100k_base');
    expect(decode([100_257])).toBe('<|endoftext|>');
  });

  test.each([100_256, 100_300, 2 ** 40])('that are in no vocabulary have no text: %d', async (id) => {
    const decode = await idDecoder('cl100k_base');
    expect(decode([15_339, id])).toBeNull();
  });
});
