import { runCli, statusIn } from '../run-cli.mjs';
import { serve } from '../serve.mjs';

/** `claude -p` unchanged, with its words as it streams them. */
async function run(task, { thinking = false, leaves = false } = {}) {
  const facts = { text: '' };
  let reasoning = '';
  const env = {
    ANTHROPIC_BASE_URL: task.url,
    ANTHROPIC_AUTH_TOKEN: task.key,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: task.model,
    CLAUDE_CODE_MAX_RETRIES: '0',
    ENABLE_TOOL_SEARCH: 'false',
    MAX_THINKING_TOKENS: thinking ? '2000' : '0',
  };
  const toCommand = ({ server }) => [
    'node_modules/.bin/claude',
    ...['-p', task.prompt, '--model', task.model, '--max-turns', '4'],
    ...['--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
    ...['--allowedTools', 'mcp__weather__get_weather', '--strict-mcp-config'],
    ...['--mcp-config', JSON.stringify({ mcpServers: { weather: { command: process.execPath, args: server } } })],
  ];
  const { calls, complaint } = await runCli(inFolder(toCommand), env, (event, end) => {
    const delta = event.type === 'stream_event' ? event.event.delta : undefined;
    reasoning += delta?.thinking ?? '';
    if (leaves && delta?.text) {
      facts.text += delta.text;
      end();
    }
    if (event.type !== 'result' || leaves) return;
    if (event.is_error)
      facts.error = { class: event.subtype, message: event.result ?? '', status: told(event.result ?? '') };
    else facts.text = event.result;
  });
  if (facts.text === '' && !facts.error) facts.error = { class: 'nothing', message: complaint };
  return { ...facts, calls, ...(thinking ? { reasoning } : {}) };
}

/** It has its own words for a model that there is not and for too much, and numbers for all else. */
function told(words) {
  if (/issue with the selected model/.test(words)) return 404;
  return /^Prompt is too long/.test(words) ? 400 : statusIn(words);
}

/** Commands run in a folder of their own; the client lies here. */
const inFolder = (toCommand) => (place) => {
  const [file, ...args] = toCommand(place);
  return [`${import.meta.dirname}/${file}`, ...args];
};

serve({
  text: (task) => run(task),
  tools: (task) => run(task),
  reasoning: (task) => run(task, { thinking: true }),
  abort: (task) => run(task, { leaves: true }),
});
