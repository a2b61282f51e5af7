import { OpenRouter } from '@openrouter/sdk';
import { z } from 'zod';
import { IMAGE_URL, PATIENCE_MS, serve, tool, weather } from '../serve.mjs';

const Weather = z.object({ city: z.string(), celsius: z.int().min(-100).max(100) });

function send(task, more = {}, options = {}) {
  const client = new OpenRouter({ serverURL: `${task.url}/v1`, apiKey: task.key, retryConfig: { strategy: 'none' } });
  const { model, prompt, stream, temperature } = task;
  const messages = [{ role: 'user', content: prompt }];
  const chatRequest = { model, messages, stream, ...(temperature === undefined ? {} : { temperature }), ...more };
  return client.chat.send({ chatRequest }, options);
}

/** The message of an answer; of a stream, put together as its types say. */
async function messageOf(task, more, options) {
  const result = await send(task, more, options);
  if (!task.stream) return { ...result.choices[0].message, usage: result.usage };
  const message = { role: 'assistant', content: '' };
  for await (const { choices, error } of result) {
    if (error) throw Object.assign(new Error(error.message), { code: String(error.code) });
    const delta = choices[0]?.delta ?? {};
    message.content += delta.content ?? '';
    if (delta.reasoning) message.reasoning = (message.reasoning ?? '') + delta.reasoning;
    if (delta.reasoningDetails)
      message.reasoningDetails = addDetails(message.reasoningDetails ?? [], delta.reasoningDetails);
    for (const { index, id, type, function: called } of delta.toolCalls ?? []) {
      message.toolCalls ??= [];
      message.toolCalls[index] ??= { id, type: type ?? 'function', function: { name: '', arguments: '' } };
      message.toolCalls[index].function.name += called?.name ?? '';
      message.toolCalls[index].function.arguments += called?.arguments ?? '';
    }
  }
  return message;
}

/** Pieces of one detail belong together by their index. https://openrouter.ai/docs/use-cases/reasoning-tokens */
function addDetails(details, pieces) {
  for (const piece of pieces) {
    const known = details.find(({ index, type }) => index === piece.index && type === piece.type);
    if (known === undefined) details.push({ ...piece });
    else {
      for (const [name, value] of Object.entries(piece)) {
        const isText = name === 'text' || name === 'summary' || name === 'data';
        known[name] = isText ? (known[name] ?? '') + value : (value ?? known[name]);
      }
    }
  }
  return details;
}

async function text(task) {
  const { content, usage } = await messageOf(task);
  return { text: content, ...(usage ? { usage: { input: usage.promptTokens, output: usage.completionTokens } } : {}) };
}

async function loop(task, more = {}) {
  const calls = [];
  let reasoning = '';
  let messages = [{ role: 'user', content: task.prompt }];
  for (;;) {
    const tools = [{ type: 'function', function: tool }];
    const { usage, ...message } = await messageOf(task, { ...more, tools, messages });
    reasoning += message.reasoning ?? '';
    if (!message.toolCalls?.length) return { text: message.content, calls, reasoning };
    messages = [...messages, message];
    for (const { id, function: called } of message.toolCalls) {
      const args = JSON.parse(called.arguments);
      calls.push({ name: called.name, args });
      messages.push({ role: 'tool', toolCallId: id, content: weather(args) });
    }
  }
}

async function tools(task) {
  const { text: said, calls } = await loop(task);
  return { text: said, calls };
}

async function image(task) {
  const content = [
    { type: 'text', text: task.prompt },
    { type: 'image_url', imageUrl: { url: IMAGE_URL } },
  ];
  const message = await messageOf(task, { messages: [{ role: 'user', content }] });
  return { text: message.content };
}

async function schema(task) {
  const jsonSchema = { name: 'weather', strict: true, schema: z.toJSONSchema(Weather) };
  const message = await messageOf(task, { responseFormat: { type: 'json_schema', jsonSchema } });
  return { object: Weather.parse(JSON.parse(message.content)) };
}

async function abort(task) {
  const controller = new AbortController();
  const options = { fetchOptions: { signal: controller.signal } };
  if (!task.stream) {
    setTimeout(() => controller.abort(), PATIENCE_MS);
    await send(task, {}, options);
    return {};
  }
  let said = '';
  for await (const { choices } of await send(task, {}, options)) {
    said += choices[0]?.delta?.content ?? '';
    if (said !== '') break;
  }
  controller.abort();
  return { text: said };
}

serve(
  { text, tools, image, schema, abort, reasoning: (task) => loop(task, { reasoning: { effort: 'medium' } }) },
  ({ statusCode, error }) => ({ status: statusCode, code: typeof error?.code === 'string' ? error.code : undefined }),
);
