import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { parseGenerateRequest } from './parse-request.ts';

const parse = (body: object, defaults: object = {}) =>
  atOnce(parseGenerateRequest(body, { model: 'm', stream: true }, { ...defaults }));
const say = (...parts: object[]) => ({ role: 'user', parts });
const hello = { contents: [say({ text: 'Hello' })] };
const settings = (generationConfig: object) => parse({ ...hello, generationConfig }).chat;

describe('what is sent by either of its names, or without its brackets, is the same', () => {
  test('all of it', () => {
    const snake = {
      system_instruction: { parts: { text: 'Be brief.' } },
      contents: { parts: { inline_data: { mime_type: 'image/png', data: 'AAAA' } } },
      tools: { function_declarations: { name: 'a', parameters: { type: 'OBJECT', properties: { an_id: {} } } } },
      tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['a'] } },
      generation_config: { max_output_tokens: 5, thinking_config: { include_thoughts: true } },
      session_id: 's',
    };
    const camel = {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }] }],
      tools: [{ functionDeclarations: [{ name: 'a', parameters: { type: 'OBJECT', properties: { an_id: {} } } }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['a'] } },
      generationConfig: { maxOutputTokens: 5, thinkingConfig: { includeThoughts: true } },
      session_id: 's',
    };
    expect(parse(snake)).toEqual(parse(camel));
    expect(parse(camel).body).toEqual({ ...camel, session_id: undefined });
  });

  test('but for what is the caller’s own', () => {
    const args = { an_id: 1, deep_er: { in_side: 2 } };
    const contents = [
      say({ text: 'Look' }),
      { role: 'model', parts: [{ function_call: { name: 'a', args } }] },
      say({ function_response: { name: 'a', response: args } }),
    ];
    const { chat } = parse({ contents });
    expect(JSON.stringify(chat.messages)).toContain('deep_er');
    expect(JSON.stringify(chat.messages)).not.toContain('deepEr');
  });
});

describe('a conversation', () => {
  test('in pieces, as Google’s SDK keeps a stream, is one of turns', () => {
    const contents = [
      say({ text: 'Tell' }),
      { role: 'model', parts: [{ text: 'Once ' }] },
      { role: 'model', parts: [{ text: 'upon' }] },
      { role: 'model', parts: [{ text: '' }] },
      say({ text: 'And?' }),
    ];
    expect(parse({ contents }).chat.messages).toEqual([
      { role: 'user', content: 'Tell' },
      { role: 'assistant', content: 'Once upon' },
      { role: 'user', content: 'And?' },
    ]);
  });

  test('has ids for its calls, and results belong to them by id, by name, and then by place', () => {
    const call = (name: string, id?: string) => ({ functionCall: { name, args: {}, ...(id ? { id } : {}) } });
    const result = (name: string, output: string, id?: string) => ({
      functionResponse: { name, response: { output }, ...(id ? { id } : {}) },
    });
    const contents = [
      say({ text: 'Look' }),
      { role: 'model', parts: [call('a'), call('b'), call('a')] },
      say(result('b', '2'), result('a', '1'), result('a', '3')),
      { role: 'model', parts: [call('a', 'x'), call('a', 'y')] },
      say(result('a', '5', 'y'), result('a', '4', 'x'), { text: 'And?' }),
    ];
    const { messages } = parse({ contents }).chat;
    const ids = messages.flatMap((each) =>
      each.role === 'assistant' ? (each.tool_calls ?? []).map(({ id }) => id) : [],
    );
    expect(new Set(ids).size).toBe(5);
    const told = new Map(messages.flatMap((each) => (each.role === 'tool' ? [[each.tool_call_id, each.content]] : [])));
    expect(ids.map((id) => told.get(id))).toEqual(['1', '2', '3', '4', '5']);
    expect(messages.at(-1)).toEqual({ role: 'user', content: 'And?' });
  });

  test.each([
    ['a text', { output: 'A' }, 'A'],
    ['a text by another name', { result: 'A' }, 'A'],
    ['a mistake', { error: 'A' }, 'Error: A'],
    ['fields', { a: 1, output: 'B' }, '{"a":1,"output":"B"}'],
    ['nothing', {}, ''],
  ])('says a result that is %s', (_name, response, content) => {
    const contents = [
      say({ text: 'Look' }),
      { role: 'model', parts: [{ functionCall: { name: 'a' } }] },
      say({ functionResponse: { name: 'a', response } }),
    ];
    expect(parse({ contents }).chat.messages.at(-1)).toMatchObject({ role: 'tool', content });
  });

  test('has media of every kind', () => {
    const inline = (mimeType: string) => ({ inlineData: { mimeType, data: 'AAAA' } });
    const file = (fileUri: string, mimeType?: string) => ({ fileData: { fileUri, mimeType } });
    const { chat, needed } = parse({
      contents: [
        say(
          ...['image/png', 'audio/mp3', 'video/mp4', 'application/pdf', 'text/csv'].map(inline),
          file('https://www.youtube.com/watch?v=x'),
          file('https://example.com/a.pdf', 'application/pdf'),
        ),
      ],
    });
    const [message] = chat.messages;
    expect(Array.isArray(message?.content) && message.content.map(({ type }) => type)).toEqual([
      ...['image_url', 'input_audio', 'video_url', 'file', 'file', 'video_url', 'file'],
    ]);
    expect(needed).toBeNull();
  });

  test('with what only Gemini has needs an endpoint of its format, and is counted', () => {
    const run = { executableCode: { code: '1+1' } };
    const { needed, unsaid } = parse({ contents: [...hello.contents, { role: 'model', parts: [run] }], newField: 'x' });
    expect(needed).toBe('contents.1.parts.0');
    expect(unsaid).toEqual([run, { newField: 'x' }]);
  });
});

describe('what is asked of the answer', () => {
  test.each([
    ['nothing', {}, undefined, false],
    ['thoughts', { includeThoughts: true }, { enabled: true }, true],
    ['no thinking', { thinkingBudget: 0 }, { enabled: false }, false],
    ['as much as the model likes', { thinkingBudget: -1 }, { enabled: true, exclude: true }, false],
    ['a budget', { thinkingBudget: 2_000, includeThoughts: true }, { max_tokens: 2_000 }, true],
    ['a level', { thinkingLevel: 'HIGH', includeThoughts: true }, { effort: 'high' }, true],
    ['a level unseen', { thinkingLevel: 'low' }, { effort: 'low', exclude: true }, false],
  ])('of thinking: %s', (_name, thinkingConfig, reasoning, shows) => {
    const parsed = parse({ ...hello, generationConfig: { thinkingConfig } });
    expect([parsed.chat.reasoning, parsed.shows]).toEqual([reasoning, shows]);
  });

  test('is said in the words of the pivot', () => {
    const chat = settings({
      maxOutputTokens: 5,
      temperature: 1,
      topP: 0.5,
      topK: 40,
      candidateCount: 2,
      stopSequences: ['END'],
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      responseLogprobs: true,
      logprobs: 3,
    });
    expect(chat).toMatchObject({ max_tokens: 5, temperature: 1, top_p: 0.5, top_k: 40, n: 2, stop: ['END'], seed: 7 });
    expect(chat).toMatchObject({ presence_penalty: 0.1, frequency_penalty: 0.2, logprobs: true, top_logprobs: 3 });
  });

  test('as JSON is a schema as others know it', () => {
    const responseSchema = {
      type: 'OBJECT',
      properties: {
        at: { type: 'STRING', nullable: true, format: 'enum', enum: ['A'] },
        days: { type: 'ARRAY', items: { type: 'INTEGER', format: 'int32' }, min_items: '1' },
      },
      required: ['at'],
      propertyOrdering: ['at', 'days'],
    };
    const { response_format } = settings({ responseMimeType: 'application/json', responseSchema });
    expect(response_format).toMatchObject({
      json_schema: {
        schema: {
          type: 'object',
          properties: {
            at: { type: ['string', 'null'], enum: ['A', null] },
            days: { type: 'array', items: { type: 'integer' }, minItems: 1 },
          },
          required: ['at'],
        },
      },
    });
    expect(JSON.stringify(response_format)).not.toMatch(/nullable|Ordering|int32|min_items/);
    expect(settings({ responseMimeType: 'application/json' }).response_format).toEqual({ type: 'json_object' });
    expect(parse({ ...hello, generationConfig: { responseMimeType: 'text/x.enum' } }).needed).not.toBeNull();
  });

  test.each([
    ['AUTO', undefined, 'auto', ['a', 'b']],
    ['NONE', undefined, 'none', ['a', 'b']],
    ['ANY', undefined, 'required', ['a', 'b']],
    ['ANY', ['b'], { type: 'function', function: { name: 'b' } }, ['b']],
    ['ANY', ['a', 'b'], 'required', ['a', 'b']],
    ['VALIDATED', ['a'], undefined, ['a']],
  ])('of its calls: %s of %s', (mode, allowedFunctionNames, choice, names) => {
    const tools = [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }] }];
    const toolConfig = { functionCallingConfig: { mode, allowedFunctionNames } };
    const { chat } = parse({ ...hello, tools, toolConfig });
    expect([chat.tool_choice, chat.tools?.map((tool) => tool.function.name)]).toEqual([choice, names]);
  });

  test('by a key stands where the caller says nothing, also on a relay', () => {
    const defaults = { max_tokens: 9, temperature: 0.5, model: 'other', provider: { order: ['a'] } };
    const { chat, body } = parse({ ...hello, generationConfig: { temperature: 1 } }, defaults);
    expect(chat).toMatchObject({ max_tokens: 9, temperature: 1, model: 'm', provider: { order: ['a'] } });
    expect(body.generationConfig).toEqual({ maxOutputTokens: 9, temperature: 1 });
    expect(body).not.toHaveProperty('provider');
  });
});
