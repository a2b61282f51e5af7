import { IMAGE_BASE64, PATIENCE_MS, PDF_BASE64, tool, weather } from './serve.mjs';

/**
 * What a client of Vercel's AI SDK does, whichever provider package it has. `modelOf`: the package's model for a task.
 * `thinking`: its own words for some reasoning, if it has any.
 */
export function aiActions(
  { generateText, streamText, isStepCount, jsonSchema, Output, tool: makeTool },
  z,
  modelOf,
  thinking = {},
) {
  const Weather = z.object({ city: z.string(), celsius: z.int().min(-100).max(100) });

  function ask(task, more = {}) {
    return {
      model: modelOf(task),
      maxRetries: 0,
      ...(more.messages ? {} : { prompt: task.prompt }),
      ...(task.temperature === undefined ? {} : { temperature: task.temperature }),
      ...more,
    };
  }

  /** The result of a call, streamed or not, with everything awaited. */
  async function run(task, more = {}) {
    if (!task.stream) return generateText(ask(task, more));
    let failure = null;
    const result = streamText(
      ask(task, {
        ...more,
        onError: ({ error }) => {
          failure ??= error;
        },
      }),
    );
    let text = '';
    for await (const part of result.textStream) text += part;
    if (failure !== null) throw failure;
    const steps = await result.steps;
    return {
      text: steps.at(-1)?.text ?? text,
      steps,
      usage: await result.totalUsage,
      output: more.output ? await result.output : undefined,
    };
  }

  async function loop(task, more = {}) {
    const calls = [];
    const tools = {
      [tool.name]: makeTool({
        description: tool.description,
        inputSchema: jsonSchema(tool.parameters),
        execute: async (args) => {
          calls.push({ name: tool.name, args });
          return weather(args);
        },
      }),
    };
    const { text, steps } = await run(task, { tools, stopWhen: isStepCount(4), ...more });
    return { text, calls, reasoning: steps.map((step) => step.reasoningText ?? '').join('') };
  }

  return {
    async text(task) {
      const { text, usage } = await run(task);
      const isTold = usage.inputTokens !== undefined && !task.stream;
      return { text, ...(isTold ? { usage: { input: usage.inputTokens, output: usage.outputTokens } } : {}) };
    },
    async tools(task) {
      const { text, calls } = await loop(task);
      return { text, calls };
    },
    reasoning: (task) => loop(task, thinking),
    async image(task) {
      const content = [
        { type: 'text', text: task.prompt },
        { type: 'image', image: IMAGE_BASE64, mediaType: 'image/png' },
      ];
      const { text } = await run(task, { messages: [{ role: 'user', content }] });
      return { text };
    },
    async pdf(task) {
      const content = [
        { type: 'text', text: task.prompt },
        { type: 'file', data: PDF_BASE64, mediaType: 'application/pdf', filename: 'page.pdf' },
      ];
      const { text } = await run(task, { messages: [{ role: 'user', content }] });
      return { text };
    },
    async schema(task) {
      const { output } = await run(task, { output: Output.object({ schema: Weather }) });
      return { object: output };
    },
    async abort(task) {
      const controller = new AbortController();
      const abortSignal = controller.signal;
      if (!task.stream) {
        setTimeout(() => controller.abort(), PATIENCE_MS);
        await generateText(ask(task, { abortSignal }));
        return {};
      }
      const result = streamText(ask(task, { abortSignal, onError: () => {} }));
      let text = '';
      for await (const part of result.textStream) {
        text += part;
        controller.abort();
      }
      return { text };
    },
  };
}

/** The AI SDK wraps errors, and keeps the body of what it was answered. */
export function describeAiError(error) {
  const { lastError, cause, statusCode, data } = error ?? {};
  if (statusCode === undefined && (lastError ?? cause) !== undefined) return describeAiError(lastError ?? cause);
  return { status: statusCode, code: data?.error?.code ?? undefined };
}
