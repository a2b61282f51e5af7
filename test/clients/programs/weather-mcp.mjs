import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tool, weather } from './serve.mjs';

/** A server of the Model Context Protocol with the one tool, for clients that can't be given a function. It notes each call in a file. */
const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'weather', version: '1' },
  }),
  ping: () => ({}),
  'tools/list': () => ({
    tools: [
      {
        name: tool.name,
        description: tool.description,
        inputSchema: tool.parameters,
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
    ],
  }),
  'tools/call': ({ name, arguments: args }) => {
    appendFileSync(process.argv[2], `${JSON.stringify({ name, args })}\n`);
    return { content: [{ type: 'text', text: weather(args) }] };
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const answer = answers[method];
  const reply = answer ? { result: answer(params) } : { error: { code: -32_601, message: `no ${method}` } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...reply })}\n`);
});
