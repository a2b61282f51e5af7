import { Agent, tool as makeTool, OpenAIProvider, Runner, setTracingDisabled } from '@openai/agents';
import { z } from 'zod';
import { IMAGE_URL, PATIENCE_MS, serve, tool, weather } from '../serve.mjs';

setTracingDisabled(true);
const Weather = z.object({ city: z.string(), celsius: z.int().min(-100).max(100) });

/** A run of an agent, streamed or not. */
async function run(task, agent = {}, { input = task.prompt, signal, onText = () => {} } = {}) {
  const modelProvider = new OpenAIProvider({
    apiKey: task.key,
    baseURL: `${task.url}/v1`,
    useResponses: task.surface === 'responses',
  });
  const modelSettings = {
    retry: { maxRetries: 0 },
    ...(task.temperature === undefined ? {} : { temperature: task.temperature }),
    ...agent.modelSettings,
  };
  const made = new Agent({ name: 'Weather', model: task.model, ...agent, modelSettings });
  const runner = new Runner({ modelProvider, tracingDisabled: true });
  if (!task.stream) return runner.run(made, input, { signal });
  const result = await runner.run(made, input, { stream: true, signal });
  for await (const text of result.toTextStream()) onText(text);
  await result.completed;
  return result;
}

async function text(task) {
  const { finalOutput } = await run(task);
  return { text: finalOutput };
}

async function loop(task, modelSettings = {}) {
  const calls = [];
  const getWeather = makeTool({
    name: tool.name,
    description: tool.description,
    parameters: z.object({ city: z.string() }),
    execute: (args) => {
      calls.push({ name: tool.name, args });
      return weather(args);
    },
  });
  const { finalOutput } = await run(task, { tools: [getWeather], modelSettings });
  return { text: finalOutput, calls };
}

async function image(task) {
  const content = [
    { type: 'input_text', text: task.prompt },
    { type: 'input_image', image: IMAGE_URL },
  ];
  const { finalOutput } = await run(task, {}, { input: [{ role: 'user', content }] });
  return { text: finalOutput };
}

async function schema(task) {
  const { finalOutput } = await run(task, { outputType: Weather });
  return { object: finalOutput };
}

async function abort(task) {
  const controller = new AbortController();
  let said = '';
  const leave = () => controller.abort();
  if (!task.stream) setTimeout(leave, PATIENCE_MS);
  const onText = (text) => {
    said += text;
    leave();
  };
  await run(task, {}, { signal: controller.signal, onText }).catch(() => {});
  return { text: said };
}

serve({
  text,
  tools: (task) => loop(task),
  image,
  schema,
  abort,
  reasoning: (task) => loop(task, { reasoning: { effort: 'medium' } }),
});
