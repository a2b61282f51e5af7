import Anthropic from '@anthropic-ai/sdk';
import { IMAGE_BASE64, PATIENCE_MS, PDF_BASE64, serve, tool, weather } from '../serve.mjs';

const schemaOf = {
  type: 'object',
  properties: { city: { type: 'string' }, celsius: { type: 'integer' } },
  required: ['city', 'celsius'],
  additionalProperties: false,
};

const connect = ({ url, key }) => new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });

function ask(task, more = {}, options = {}) {
  const client = connect(task);
  const { model, prompt, temperature } = task;
  const body = {
    model,
    max_tokens: 4_000,
    messages: [{ role: 'user', content: prompt }],
    ...(temperature === undefined ? {} : { temperature }),
    ...more,
  };
  return task.stream ? client.messages.stream(body, options) : client.messages.create(body, options);
}

async function messageOf(task, more, options) {
  const asked = ask(task, more, options);
  return task.stream ? asked.finalMessage() : asked;
}

const textOf = ({ content }) => content.map((block) => (block.type === 'text' ? block.text : '')).join('');

async function text(task) {
  const message = await messageOf(task);
  return { text: textOf(message), usage: { input: message.usage.input_tokens, output: message.usage.output_tokens } };
}

async function loop(task, more = {}) {
  const calls = [];
  let reasoning = '';
  let messages = [{ role: 'user', content: task.prompt }];
  const tools = [{ name: tool.name, description: tool.description, input_schema: tool.parameters }];
  for (;;) {
    const message = await messageOf(task, { ...more, tools, messages });
    for (const block of message.content) if (block.type === 'thinking') reasoning += block.thinking;
    const uses = message.content.filter(({ type }) => type === 'tool_use');
    if (uses.length === 0) return { text: textOf(message), calls, reasoning };
    calls.push(...uses.map(({ name, input }) => ({ name, args: input })));
    const content = uses.map(({ id, input }) => ({ type: 'tool_result', tool_use_id: id, content: weather(input) }));
    messages = [...messages, { role: 'assistant', content: message.content }, { role: 'user', content }];
  }
}

async function tools(task) {
  const { text: said, calls } = await loop(task);
  return { text: said, calls };
}

async function image(task) {
  const source = { type: 'base64', media_type: 'image/png', data: IMAGE_BASE64 };
  const content = [
    { type: 'text', text: task.prompt },
    { type: 'image', source },
  ];
  return { text: textOf(await messageOf(task, { messages: [{ role: 'user', content }] })) };
}

async function pdf(task) {
  const source = { type: 'base64', media_type: 'application/pdf', data: PDF_BASE64 };
  const content = [
    { type: 'document', source },
    { type: 'text', text: task.prompt },
  ];
  return { text: textOf(await messageOf(task, { messages: [{ role: 'user', content }] })) };
}

async function count(task) {
  const messages = [{ role: 'user', content: task.prompt }];
  const { input_tokens: tokens } = await connect(task).messages.countTokens({ model: task.model, messages });
  return { tokens };
}

async function schema(task) {
  const message = await messageOf(task, { output_config: { format: { type: 'json_schema', schema: schemaOf } } });
  return { object: JSON.parse(textOf(message)) };
}

async function abort(task) {
  const controller = new AbortController();
  if (!task.stream) {
    setTimeout(() => controller.abort(), PATIENCE_MS);
    await ask(task, {}, { signal: controller.signal });
    return {};
  }
  let said = '';
  for await (const event of ask(task)) {
    if (event.type === 'content_block_delta') said += event.delta.text ?? '';
    if (said !== '') break;
  }
  return { text: said };
}

const thinking = { type: 'enabled', budget_tokens: 2_000 };
// Anthropic's errors have types, no codes.
serve({ text, tools, image, pdf, count, schema, abort, reasoning: (task) => loop(task, { thinking }) }, () => ({
  code: undefined,
}));
