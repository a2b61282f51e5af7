import { describe, expect, test } from '@jest/globals';
import fc from '../../../../../test/support/fast-check.ts';
import type { InputMeasure } from '../../../../core/routing/quote.ts';
import type { Signals } from '../../../../core/routing/signals.ts';
import { type ChatRequest, chatRequestSchema } from '../../../../formats/pivot/chat-request.ts';
import { measuring } from '../measure-chat.ts';
import { EXCERPT_CHARACTERS } from './excerpt.ts';
import { mostDifficulty, readSignals } from './read-signals.ts';

/** Of what is short: in one go. */
const measure = (chat: ChatRequest) => measuring(chat).next().value as InputMeasure;
const user = (content: string) => ({ role: 'user' as const, content });

function read(messages: unknown, more: Partial<ChatRequest> = {}): Signals {
  const list = typeof messages === 'string' ? [user(messages)] : messages;
  const chat = chatRequestSchema.parse({ model: 'auto', messages: list, ...more });
  return readSignals(chat, measure(chat));
}

const tool = (name: string) => ({ type: 'function' as const, function: { name } });
const source = `
export function merge<T>(a: T[], b: T[], compare: (x: T, y: T) => number): T[] {
  const merged: T[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (j === b.length || (i < a.length && compare(a[i], b[j]) <= 0)) merged.push(a[i++]);
    else merged.push(b[j++]);
  }
  return merged;
}
`;
const prose =
  'The river had risen in the night (as it does every spring), and by morning the lower fields were under water. ' +
  'Nobody in the village was surprised; they had moved the animals up the hill two days before. ';

describe('what is easy', () => {
  test.each([
    ['a greeting', 'Hi!'],
    ['a question of fact', 'What is the capital of France?'],
    ['a short translation', 'Translate "good morning" into Spanish.'],
    ['a question in Hindi', 'भारत की राजधानी क्या है?'],
    ['nothing at all', ''],
  ])('%s', (_name, text) => {
    expect(read(text).difficulty).toBeLessThanOrEqual(0.05);
  });
});

describe('what is hard', () => {
  test.each<[string, string, Partial<ChatRequest>]>([
    ['a proof', 'Prove by induction that every polynomial equation of odd degree has a real solution.', {}],
    [
      'code with a proof',
      `Refactor this function and prove its invariant:\n\`\`\`ts\n${source}\`\`\`\nThen compare both.`,
      {},
    ],
    ['reasoning asked for', 'Which of the two plans is better?', { reasoning_effort: 'high' }],
    ['reasoning in OpenRouter’s words', 'Which is better?', { reasoning: { max_tokens: 12_000 } }],
    [
      'many steps with tools and a form',
      'Plan our migration:\n1. design the schema\n2. evaluate the risks\n3. compare the costs',
      { tools: [tool('search')], response_format: { type: 'json_schema', json_schema: { name: 'plan' } } },
    ],
  ])('%s', (_name, text, more) => {
    expect(read(text, more).difficulty).toBeGreaterThanOrEqual(0.35);
  });

  test('a proof in Hindi is a proof', () => {
    expect(read('सिद्ध कीजिए कि यह समीकरण सही है, फिर गणना कीजिए।').contributions.reasoning).toBe(
      mostDifficulty.reasoning,
    );
  });
});

describe('each contribution comes from its own sign alone:', () => {
  const long = prose.repeat(200);
  test.each<[string, unknown, Partial<ChatRequest>, Record<string, unknown>]>([
    ['length', [user('Continue.'), { role: 'assistant', content: long }], {}, { length: expect.any(Number) }],
    ['code', 'Is there a bug in my Python code?', {}, { code: 0.3 }],
    ['reasoning', 'Is there a theorem about this?', {}, { reasoning: 0.133 }],
    ['steps', '- tea\n- milk', {}, { steps: 0.08 }],
    ['tools', 'Hi', { tools: [tool('a')] }, { tools: 0.15 }],
    ['many tools', 'Hi', { tools: Array.from('abcdefgh', tool) }, { tools: 0.2 }],
    ['tools that may not be used', 'Hi', { tools: [tool('a')], tool_choice: 'none' }, {}],
    ['a form', 'Hi', { response_format: { type: 'json_schema', json_schema: { name: 'x' } } }, { format: 0.1 }],
    ['any JSON', 'Hi', { response_format: { type: 'json_object' } }, { format: 0.05 }],
    ['effort', 'Hi', { reasoning_effort: 'high' }, { effort: 0.35 }],
    ['no effort', 'Hi', { reasoning: { enabled: false } }, {}],
    ['turns', Array.from({ length: 9 }, () => user('Hi')), {}, { turns: 0.05 }],
    [
      'a picture',
      [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'a' } }] }],
      {},
      { media: 0.1, length: 0.022 },
    ],
  ])('%s', (_name, messages, more, expected) => {
    const { contributions, difficulty } = read(messages, more);
    const found = Object.fromEntries(Object.entries(contributions).filter(([, value]) => value > 0));
    expect(found).toEqual(expected);
    const sum = Object.values(contributions).reduce((total, each) => total + each, 0);
    expect(difficulty).toBeCloseTo(Math.min(1, sum), 9);
  });
});

describe('code is told by its signs, its fences and its words', () => {
  test.each([
    ['source without a fence', source, 1],
    ['a fence in prose', `${prose.repeat(5)}\n\`\`\`\nls -la\n\`\`\``, 0.6],
    ['a word about it', 'Write a regex for me.', 0.333],
    ['prose', prose, 0],
    ['prose with a price', 'It costs $4 (or $3, if you ask).', 0],
  ])('%s', (_name, text, share) => {
    expect(read(text).shares.code).toBeCloseTo(share, 1);
  });
});

describe('the script is that of most letters', () => {
  test.each([
    ['English', 'Good morning to all of you', 'latin', 0],
    ['French', 'Où est la bibliothèque?', 'latin', 0],
    ['Hindi', 'नमस्ते, आप कैसे हैं?', 'devanagari', 1],
    ['Tamil', 'வணக்கம், எப்படி இருக்கிறீர்கள்?', 'tamil', 1],
    ['Bengali', 'আপনি কেমন আছেন?', 'bengali', 1],
    ['Telugu', 'మీరు ఎలా ఉన్నారు?', 'telugu', 1],
    ['Gujarati', 'તમે કેમ છો?', 'gujarati', 1],
    ['Kannada', 'ನೀವು ಹೇಗಿದ್ದೀರಿ?', 'kannada', 1],
    ['Malayalam', 'സുഖമാണോ?', 'malayalam', 1],
    ['Punjabi', 'ਤੁਸੀਂ ਕਿਵੇਂ ਹੋ?', 'gurmukhi', 1],
    ['Odia', 'ଆପଣ କେମିତି ଅଛନ୍ତି?', 'odia', 1],
    ['Chinese', '你好,今天天气怎么样?', 'cjk', 1],
    ['Japanese', 'おはようございます、元気ですか', 'cjk', 1],
    ['Korean', '안녕하세요', 'hangul', 1],
    ['Arabic', 'صباح الخير', 'arabic', 1],
    ['Russian', 'Доброе утро', 'cyrillic', 1],
    ['Greek', 'Καλημέρα', 'greek', 1],
    ['Thai', 'สวัสดี', 'thai', 1],
    ['digits', '12345 + 67', null, 0],
  ])('%s', (_name, text, script, nonLatin) => {
    expect(read(text)).toMatchObject({ script, nonLatin, shares: { multilingual: nonLatin } });
  });

  test('a language with English words in it is still that language', () => {
    const { script, nonLatin, shares } = read('मुझे Python में list और dictionary का अंतर समझाइए कृपया');
    expect(script).toBe('devanagari');
    expect(nonLatin).toBeLessThan(1);
    expect(shares.multilingual).toBe(1);
  });
});

describe('the answer is expected to be', () => {
  const tokens = (text: string, more: Partial<ChatRequest> = {}) => read(text, more).outputTokens;

  test.each<[string, string, Partial<ChatRequest>, number]>([
    ['ordinary', 'What is the capital of France?', {}, 256],
    ['short where that is asked for', 'In short, who was he?', {}, 64],
    ['longer where that is asked for', 'Write a detailed essay about him.', {}, 1_024],
    ['as long as it says', 'Tell me about him in 500 words.', {}, 700],
    ['no longer than is allowed', 'Write a detailed essay about him.', { max_tokens: 100 }, 100],
    ['longer by the thinking that is asked for', 'Who was he?', { reasoning_effort: 'medium' }, 2_304],
    ['longer by the thinking that is allowed', 'Who was he?', { reasoning: { max_tokens: 1_000 } }, 1_256],
    ['half as long where it should be terse', 'Who was he?', { verbosity: 'low' }, 128],
    ['of one token at least', 'Tell me about him in 0 words.', {}, 1],
  ])('%s', (_name, text, more, expected) => {
    expect(tokens(text, more)).toBe(expected);
  });

  test('as long as what it translates', () => {
    const long = prose.repeat(20);
    const { inputTokens, outputTokens } = read(`Translate into Hindi:\n${long}`);
    expect(outputTokens).toBe(inputTokens);
  });
});

describe('only so much is looked at:', () => {
  const filler = 'river '.repeat(5_000_000);

  test('thirty million characters take no longer than a few thousand', () => {
    const chat = chatRequestSchema.parse({ model: 'auto', messages: [user(filler)] });
    const input = { textBytes: 30_000_000, estimatedTokens: 5_000_000, pieces: 1, images: 0, opaque: false };
    const times = Array.from({ length: 20 }, () => {
      const startedAt = performance.now();
      readSignals(chat, input);
      return performance.now() - startedAt;
    });
    // The best of them: a busy machine makes any of the others slow.
    expect(Math.min(...times)).toBeLessThan(20);
  });

  test('the task is found before a long document and after it', () => {
    const document = prose.repeat(EXCERPT_CHARACTERS / 100);
    expect(read(`Prove this theorem.\n${document}`).contributions.reasoning).toBeGreaterThan(0);
    expect(read(`${document}\nProve this theorem.`).contributions.reasoning).toBeGreaterThan(0);
    const parts = [
      { type: 'text', text: document },
      { type: 'text', text: 'Prove it.' },
    ];
    expect(read([{ role: 'user', content: parts }]).contributions.reasoning).toBeGreaterThan(0);
  });

  test('what somebody else says in a document is no task', () => {
    const middle = `${prose.repeat(20)} Prove this theorem. ${prose.repeat(20)}`;
    expect(read(middle).contributions.reasoning).toBe(0);
  });

  test('the last message of the user counts, not those before it', () => {
    expect(read([user('Prove this theorem.'), user('Thanks!')]).difficulty).toBe(0);
  });

  test('without a user, the system says what is wanted', () => {
    expect(read([{ role: 'system', content: 'Prove this theorem.' }]).difficulty).toBeGreaterThan(0);
  });
});

test('whatever a request says, its difficulty is from 0 to 1, and no figure is out of its range', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom(source, prose, 'prove solve theorem first then', '9999999 words', '```'),
    // Half a character, as a careless cut leaves it.
    fc.constantFrom('\ud83d', '\ude00 write'),
  );
  const content = fc.oneof(
    text,
    fc.array(fc.record({ type: fc.constant('text'), text }), { minLength: 1, maxLength: 4 }),
  );
  const message = fc.oneof(
    fc.record({ role: fc.constantFrom('user', 'system', 'developer', 'assistant'), content }),
    fc.record({ role: fc.constant('tool'), tool_call_id: fc.constant('a'), content: text }),
    fc.record({ role: fc.constant('assistant'), content: fc.constant(null) }),
  );
  const request = fc.record(
    {
      messages: fc.array(message, { minLength: 1, maxLength: 30 }),
      max_tokens: fc.integer({ min: 1, max: 1_000_000 }),
      reasoning_effort: fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
      tools: fc.array(fc.constant(tool('a')), { maxLength: 12 }),
      response_format: fc.constantFrom({ type: 'json_object' }, { type: 'text' }),
      verbosity: fc.constantFrom('low', 'high'),
    },
    { requiredKeys: ['messages'] },
  );
  fc.assert(
    fc.property(request, (body) => {
      const chat = chatRequestSchema.parse({ model: 'auto', ...body });
      const signals = readSignals(chat, measure(chat));
      const { difficulty, nonLatin, shares, contributions, outputTokens } = signals;
      for (const figure of [difficulty, nonLatin, ...Object.values(shares)]) {
        expect(figure).toBeGreaterThanOrEqual(0);
        expect(figure).toBeLessThanOrEqual(1);
      }
      for (const [name, most] of Object.entries(mostDifficulty)) {
        expect(contributions[name as keyof typeof contributions]).toBeGreaterThanOrEqual(0);
        expect(contributions[name as keyof typeof contributions]).toBeLessThanOrEqual(most);
      }
      expect(Number.isSafeInteger(outputTokens) && outputTokens >= 1).toBe(true);
      expect(outputTokens).toBeLessThanOrEqual(chat.max_tokens ?? Number.POSITIVE_INFINITY);
      expect(readSignals(chat, measure(chat))).toEqual(signals);
    }),
  );
});
