import { IMAGE_URL, serve, tool, weather } from '../serve.mjs';

/**
 * What n8n's OpenAI node sends to `/responses`, "Message a Model" at its defaults, and how it goes on after a call: items of
 * calls and of reasoning go back as they came. https://github.com/n8n-io/n8n, nodes-langchain/nodes/vendors/OpenAi/v2
 */
async function respond({ url, key }, body) {
  const reply = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await reply.json();
  if (reply.ok) return answer;
  const { code, message } = answer.error;
  throw Object.assign(new Error(message), { status: reply.status, code });
}

const partOf = (part) => ({ role: 'user', content: [part] });
const textPart = (text) => ({ type: 'input_text', text });

const bodyOf = ({ model, prompt, temperature }, more = {}) => ({
  model,
  input: [partOf(textPart(prompt))],
  parallel_tool_calls: true,
  store: true,
  background: false,
  ...(temperature === undefined ? {} : { temperature }),
  ...more,
});

const messagesOf = ({ output }) => output.filter(({ type }) => type === 'message');
const textOf = (answer) =>
  messagesOf(answer)
    .flatMap(({ content }) => content.map((part) => part.text ?? ''))
    .join('');

async function text(task) {
  const answer = await respond(task, bodyOf(task));
  const { input_tokens: input, output_tokens: output } = answer.usage;
  return { text: textOf(answer), usage: { input, output } };
}

async function loop(task, more = {}) {
  const calls = [];
  const { name, description, parameters } = tool;
  const schema = { ...parameters, $schema: 'http://json-schema.org/draft-07/schema#' };
  const body = bodyOf(task, {
    tools: [{ type: 'function', name, parameters: schema, strict: true, description }],
    ...more,
  });
  const answers = [];
  let reasoning = '';
  for (;;) {
    const answer = await respond(task, body);
    answers.push(answer);
    const items = answer.output.filter(({ type }) => type === 'function_call' || type === 'reasoning');
    for (const item of items)
      if (item.type === 'reasoning') reasoning += item.summary.map((part) => part.text).join('');
    const wanted = items.filter(({ type }) => type === 'function_call');
    if (wanted.length === 0) return { text: textOf(answer), calls, reasoning, answers };
    body.input.push(...items);
    for (const { call_id, name: called, arguments: json } of wanted) {
      const args = JSON.parse(json);
      calls.push({ name: called, args });
      body.input.push({ type: 'function_call_output', call_id, output: weather(args) });
    }
  }
}

/** Each part is a message of its own there. */
async function image(task) {
  const picture = { type: 'input_image', detail: 'auto', image_url: IMAGE_URL };
  return { text: textOf(await respond(task, bodyOf(task, { input: [textPart(task.prompt), picture].map(partOf) }))) };
}

async function schema(task) {
  const wanted = {
    type: 'object',
    properties: { city: { type: 'string' }, celsius: { type: 'integer' } },
    required: ['city', 'celsius'],
    additionalProperties: false,
  };
  const format = { type: 'json_schema', name: 'weather', schema: wanted };
  return { object: JSON.parse(textOf(await respond(task, bodyOf(task, { text: { verbosity: 'medium', format } })))) };
}

const thinking = { reasoning: { effort: 'medium', summary: 'auto' } };
serve({ text, tools: (task) => loop(task), image, schema, reasoning: (task) => loop(task, thinking) });
