import { GoogleGenAI } from '@google/genai';
import { IMAGE_BASE64, PATIENCE_MS, PDF_BASE64, serve, tool, weather } from '../serve.mjs';

const schemaOf = {
  type: 'OBJECT',
  properties: { city: { type: 'STRING' }, celsius: { type: 'INTEGER' } },
  required: ['city', 'celsius'],
};
const declaration = { name: tool.name, description: tool.description, parametersJsonSchema: tool.parameters };

const connect = ({ url, key }) => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });

const configOf = ({ temperature }, more) => ({
  maxOutputTokens: 4_000,
  ...(temperature === undefined ? {} : { temperature }),
  ...more,
});

/** The parts of an answer and what it cost, whole or put together from its pieces. */
async function answerOf(task, contents = task.prompt, config = {}) {
  const asked = { model: task.model, contents, config: configOf(task, config) };
  const { models } = connect(task);
  const responses = [];
  if (task.stream) for await (const piece of await models.generateContentStream(asked)) responses.push(piece);
  else responses.push(await models.generateContent(asked));
  return {
    parts: responses.flatMap(({ candidates: [candidate] = [] }) => candidate?.content?.parts ?? []),
    usage: responses.findLast(({ usageMetadata }) => usageMetadata?.candidatesTokenCount !== undefined)?.usageMetadata,
  };
}

const textOf = ({ parts }) => parts.map(({ text, thought }) => (thought ? '' : (text ?? ''))).join('');

async function text(task) {
  const answer = await answerOf(task);
  const { promptTokenCount: input, candidatesTokenCount, thoughtsTokenCount = 0 } = answer.usage;
  return { text: textOf(answer), usage: { input, output: candidatesTokenCount + thoughtsTokenCount } };
}

/** Turn by turn, with a history as the SDK's own chats keep it. */
async function loop(task, more = {}) {
  const chat = connect(task).chats.create({
    model: task.model,
    config: configOf(task, { ...more, tools: [{ functionDeclarations: [declaration] }] }),
  });
  const calls = [];
  let reasoning = '';
  let message = task.prompt;
  for (;;) {
    const parts = [];
    const take = ({ candidates: [candidate] = [] }) => parts.push(...(candidate?.content?.parts ?? []));
    if (task.stream) for await (const piece of await chat.sendMessageStream({ message })) take(piece);
    else take(await chat.sendMessage({ message }));
    for (const part of parts) if (part.thought) reasoning += part.text ?? '';
    const uses = parts.flatMap(({ functionCall }) => functionCall ?? []);
    if (uses.length === 0) return { text: textOf({ parts }), calls, reasoning };
    calls.push(...uses.map(({ name, args }) => ({ name, args })));
    message = uses.map(({ id, name, args }) => ({
      functionResponse: { ...(id === undefined ? {} : { id }), name, response: { output: weather(args) } },
    }));
  }
}

async function tools(task) {
  const { text: said, calls } = await loop(task);
  return { text: said, calls };
}

const withFile = async (task, mimeType, data) => {
  const parts = [{ text: task.prompt }, { inlineData: { mimeType, data } }];
  return { text: textOf(await answerOf(task, [{ role: 'user', parts }])) };
};

async function schema(task) {
  const config = { responseMimeType: 'application/json', responseSchema: schemaOf };
  return { object: JSON.parse(textOf(await answerOf(task, task.prompt, config))) };
}

async function count(task) {
  const { totalTokens: tokens } = await connect(task).models.countTokens({ model: task.model, contents: task.prompt });
  return { tokens };
}

async function abort(task) {
  const controller = new AbortController();
  if (!task.stream) {
    setTimeout(() => controller.abort(), PATIENCE_MS);
    await answerOf(task, task.prompt, { abortSignal: controller.signal });
    return {};
  }
  const asked = { model: task.model, contents: task.prompt };
  const config = configOf(task, { abortSignal: controller.signal });
  for await (const piece of await connect(task).models.generateContentStream({ ...asked, config })) {
    if (!piece.text) continue;
    controller.abort();
    return { text: piece.text };
  }
  return {};
}

const thinkingConfig = { includeThoughts: true, thinkingBudget: 2_000 };
serve(
  {
    text,
    tools,
    schema,
    count,
    abort,
    image: (task) => withFile(task, 'image/png', IMAGE_BASE64),
    pdf: (task) => withFile(task, 'application/pdf', PDF_BASE64),
    reasoning: (task) => loop(task, { thinkingConfig }),
  },
  // Within a stream its status is in the words alone.
  ({ status, message }) => ({
    status: status ?? (Number(/"code":(\d+)/.exec(message)?.[1]) || undefined),
    code: undefined,
  }),
);
