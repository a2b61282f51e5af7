import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { IMAGE_URL, PATIENCE_MS, serve, tool, weather } from '../serve.mjs';

const connect = ({ url, key }) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
const bodyOf = ({ model, prompt, temperature }) => ({
  model,
  messages: [{ role: 'user', content: prompt }],
  ...(temperature === undefined ? {} : { temperature }),
});
const usageOf = (usage) => ({ input: usage.prompt_tokens, output: usage.completion_tokens });
const Weather = z.object({ city: z.string(), celsius: z.int().min(-100).max(100) });

async function text(task) {
  const client = connect(task);
  if (!task.stream) {
    const completion = await client.chat.completions.create(bodyOf(task));
    return { text: completion.choices[0].message.content, usage: usageOf(completion.usage) };
  }
  // As OpenAI's reference has it: https://platform.openai.com/docs/api-reference/chat/create, "Streaming".
  let said = '';
  for await (const chunk of await client.chat.completions.create({ ...bodyOf(task), stream: true })) {
    said += chunk.choices[0].delta.content ?? '';
  }
  return { text: said };
}

async function tools(task) {
  const calls = [];
  const get_weather = (args) => {
    calls.push({ name: tool.name, args });
    return weather(args);
  };
  const runner = connect(task).chat.completions.runTools({
    ...bodyOf(task),
    stream: task.stream,
    tools: [{ type: 'function', function: { ...tool, function: get_weather, parse: JSON.parse } }],
  });
  const said = await runner.finalContent();
  const usage = task.stream ? {} : { usage: usageOf(await runner.totalUsage()) };
  return { text: said, calls, ...usage };
}

async function image(task) {
  const content = [
    { type: 'text', text: task.prompt },
    { type: 'image_url', image_url: { url: IMAGE_URL } },
  ];
  const body = { ...bodyOf(task), messages: [{ role: 'user', content }] };
  const { completions } = connect(task).chat;
  const completion = task.stream
    ? await completions.stream(body).finalChatCompletion()
    : await completions.create(body);
  return { text: completion.choices[0].message.content };
}

async function schema(task) {
  const body = { ...bodyOf(task), response_format: zodResponseFormat(Weather, 'weather') };
  const { completions } = connect(task).chat;
  const completion = task.stream ? await completions.stream(body).finalChatCompletion() : await completions.parse(body);
  return { object: completion.choices[0].message.parsed };
}

/** By hand, with the message put back as it came. */
async function reasoning(task) {
  const client = connect(task);
  const body = { ...bodyOf(task), reasoning_effort: 'medium', tools: [{ type: 'function', function: tool }] };
  const calls = [];
  let thought = '';
  for (;;) {
    let completion;
    if (task.stream) {
      // The helper keeps the last piece alone of a field that it does not know.
      const stream = client.chat.completions.stream(body);
      stream.on('chunk', ({ choices }) => {
        thought += choices[0]?.delta?.reasoning ?? '';
      });
      completion = await stream.finalChatCompletion();
    } else {
      completion = await client.chat.completions.create(body);
      thought += completion.choices[0].message.reasoning ?? '';
    }
    const { message } = completion.choices[0];
    if (!message.tool_calls?.length) return { text: message.content, calls, reasoning: thought };
    body.messages = [...body.messages, message];
    for (const { id, function: called } of message.tool_calls) {
      const args = JSON.parse(called.arguments);
      calls.push({ name: called.name, args });
      body.messages.push({ role: 'tool', tool_call_id: id, content: weather(args) });
    }
  }
}

async function abort(task) {
  const controller = new AbortController();
  const client = connect(task);
  if (!task.stream) {
    setTimeout(() => controller.abort(), PATIENCE_MS);
    await client.chat.completions.create(bodyOf(task), { signal: controller.signal });
    return {};
  }
  let said = '';
  for await (const chunk of await client.chat.completions.create({ ...bodyOf(task), stream: true })) {
    said += chunk.choices[0]?.delta?.content ?? '';
    if (said !== '') break;
  }
  return { text: said };
}

serve({ text, tools, image, schema, reasoning, abort });
