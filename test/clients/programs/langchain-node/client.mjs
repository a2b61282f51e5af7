import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool as makeTool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { IMAGE_URL, PATIENCE_MS, serve, tool, weather } from '../serve.mjs';

const Weather = z.object({ city: z.string(), celsius: z.int().min(-100).max(100) });

const connect = ({ url, key, model, temperature, stream, surface }, more = {}) =>
  new ChatOpenAI({
    model,
    apiKey: key,
    maxRetries: 0,
    useResponsesApi: surface === 'responses',
    streaming: stream,
    configuration: { baseURL: `${url}/v1` },
    ...(temperature === undefined ? {} : { temperature }),
    ...more,
  });

/** An answer whole, or its chunks put together as LangChain does it. */
async function ask(model, input, task, options = {}) {
  if (!task.stream) return model.invoke(input, options);
  let message;
  for await (const chunk of await model.stream(input, options))
    message = message === undefined ? chunk : message.concat(chunk);
  return message;
}

async function text(task) {
  const { text: said, usage_metadata: usage } = await ask(connect(task), task.prompt, task);
  return { text: said, ...(usage ? { usage: { input: usage.input_tokens, output: usage.output_tokens } } : {}) };
}

async function loop(task, more = {}) {
  const calls = [];
  const getWeather = makeTool(
    (args) => {
      calls.push({ name: tool.name, args });
      return weather(args);
    },
    { name: tool.name, description: tool.description, schema: tool.parameters },
  );
  const model = connect(task, more).bindTools([getWeather]);
  const messages = [new HumanMessage(task.prompt)];
  for (;;) {
    const message = await ask(model, messages, task);
    if (!message.tool_calls?.length) return { text: message.text, calls };
    messages.push(message);
    for (const call of message.tool_calls) {
      const result = await getWeather.invoke(call);
      messages.push(
        result instanceof ToolMessage ? result : new ToolMessage({ content: result, tool_call_id: call.id }),
      );
    }
  }
}

async function image(task) {
  const content = [
    { type: 'text', text: task.prompt },
    { type: 'image_url', image_url: { url: IMAGE_URL } },
  ];
  const { text: said } = await ask(connect(task), [new HumanMessage({ content })], task);
  return { text: said };
}

async function schema(task) {
  const model = connect(task).withStructuredOutput(Weather, { method: 'jsonSchema', strict: true, name: 'weather' });
  if (!task.stream) return { object: await model.invoke(task.prompt) };
  let object;
  for await (const part of await model.stream(task.prompt)) object = part;
  return { object };
}

async function abort(task) {
  const controller = new AbortController();
  const model = connect(task);
  if (!task.stream) {
    setTimeout(() => controller.abort(), PATIENCE_MS);
    await model.invoke(task.prompt, { signal: controller.signal });
    return {};
  }
  let said = '';
  try {
    for await (const chunk of await model.stream(task.prompt, { signal: controller.signal })) {
      said += chunk.text;
      if (said !== '') controller.abort();
    }
  } catch {
    // It throws where its signal has come.
  }
  return { text: said };
}

serve({
  text,
  tools: loop,
  image,
  schema,
  reasoning: (task) => loop(task, { reasoning: { effort: 'medium' } }),
  abort,
});
