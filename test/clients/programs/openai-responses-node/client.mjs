import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { IMAGE_URL, PATIENCE_MS, PDF_URL, serve, tool, weather } from '../serve.mjs';

const Weather = z.object({ city: z.string(), celsius: z.int().min(-100).max(100) });
const connect = ({ url, key }) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
const bodyOf = ({ model, prompt, temperature }) => ({
  model,
  input: prompt,
  store: false,
  ...(temperature === undefined ? {} : { temperature }),
});

/** A response, or the one that its streaming helper ends with. */
function respond(task, more = {}) {
  const { responses } = connect(task);
  const body = { ...bodyOf(task), ...more };
  if (task.stream) return responses.stream(body).finalResponse();
  return more.text ? responses.parse(body) : responses.create(body);
}

async function text(task) {
  if (!task.stream) {
    const { output_text: said, usage } = await respond(task);
    return { text: said, usage: { input: usage.input_tokens, output: usage.output_tokens } };
  }
  let said = '';
  for await (const event of await connect(task).responses.create({ ...bodyOf(task), stream: true })) {
    if (event.type === 'response.output_text.delta') said += event.delta;
    if (event.type === 'response.failed')
      throw Object.assign(new Error(event.response.error.message), event.response.error);
  }
  return { text: said };
}

async function loop(task, more = {}) {
  const calls = [];
  let reasoning = '';
  const tools = [{ type: 'function', strict: true, ...tool }];
  const input = [{ role: 'user', content: task.prompt }];
  for (;;) {
    const { output, output_text: said } = await respond(task, { ...more, tools, input });
    input.push(...output);
    for (const item of output)
      if (item.type === 'reasoning') reasoning += item.summary.map((part) => part.text).join('');
    const wanted = output.filter(({ type }) => type === 'function_call');
    if (wanted.length === 0) return { text: said, calls, reasoning };
    for (const { call_id, name, arguments: json } of wanted) {
      const args = JSON.parse(json);
      calls.push({ name, args });
      input.push({ type: 'function_call_output', call_id, output: weather(args) });
    }
  }
}

async function image(task) {
  const content = [
    { type: 'input_text', text: task.prompt },
    { type: 'input_image', image_url: IMAGE_URL, detail: 'auto' },
  ];
  const { output_text: said } = await respond(task, { input: [{ role: 'user', content }] });
  return { text: said };
}

async function pdf(task) {
  const content = [
    { type: 'input_text', text: task.prompt },
    { type: 'input_file', filename: 'page.pdf', file_data: PDF_URL },
  ];
  const { output_text: said } = await respond(task, { input: [{ role: 'user', content }] });
  return { text: said };
}

async function schema(task) {
  const { output_parsed: object } = await respond(task, { text: { format: zodTextFormat(Weather, 'weather') } });
  return { object };
}

async function abort(task) {
  const controller = new AbortController();
  const { responses } = connect(task);
  if (!task.stream) {
    setTimeout(() => controller.abort(), PATIENCE_MS);
    await responses.create(bodyOf(task), { signal: controller.signal });
    return {};
  }
  let said = '';
  for await (const event of await responses.create({ ...bodyOf(task), stream: true })) {
    if (event.type === 'response.output_text.delta') said += event.delta;
    if (said !== '') break;
  }
  return { text: said };
}

const thinking = { reasoning: { effort: 'medium', summary: 'auto' }, include: ['reasoning.encrypted_content'] };
serve({ text, tools: (task) => loop(task), image, pdf, schema, abort, reasoning: (task) => loop(task, thinking) });
