import { runCli, runConfigured, runLaunched, runPlain, statusIn } from '../run-cli.mjs';
import { serve } from '../serve.mjs';

/** A command of `claude -p` on the model that is its default; it can call the weather, and print with its shell. */
const defaultOf = (prompt, { server }, more = []) => [
  `${import.meta.dirname}/node_modules/.bin/claude`,
  ...['-p', prompt, '--max-turns', '4', ...more],
  ...['--allowedTools', 'mcp__weather__get_weather,Bash(printf:*)', '--strict-mcp-config'],
  ...['--mcp-config', JSON.stringify({ mcpServers: { weather: { command: process.execPath, args: server } } })],
];
const commandOf = ({ model }, prompt, place, more = []) => defaultOf(prompt, place, ['--model', model, ...more]);

const environmentOf = ({ url, key, model, retries }) => ({
  ANTHROPIC_BASE_URL: url,
  ANTHROPIC_AUTH_TOKEN: key,
  ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
  ...(retries === undefined ? {} : { CLAUDE_CODE_MAX_RETRIES: String(retries) }),
});

/** `claude -p` unchanged, with its words as it streams them. */
async function run(task, { thinking = false, leaves = false } = {}) {
  const facts = { text: '' };
  let reasoning = '';
  const env = {
    ...environmentOf({ ...task, retries: 0 }),
    ENABLE_TOOL_SEARCH: 'false',
    MAX_THINKING_TOKENS: thinking ? '2000' : '0',
  };
  const stream = ['--output-format', 'stream-json', '--verbose', '--include-partial-messages'];
  const toCommand = (place) => commandOf(task, task.prompt, place, stream);
  const { calls, complaint } = await runCli(toCommand, env, (event, end) => {
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

const toDefault = (task) => (place) => defaultOf(task.prompt, place);

serve({
  text: (task) => run(task),
  tools: (task) => run(task),
  reasoning: (task) => run(task, { thinking: true }),
  abort: (task) => run(task, { leaves: true }),
  plain: (task) => runPlain((place) => [commandOf(task, task.prompt, place)], environmentOf(task)),
  resume: (task) =>
    runPlain(
      (place) => [commandOf(task, task.prompt, place), commandOf(task, 'And now?', place, ['--continue'])],
      environmentOf(task),
    ),
  launch: (task) => runLaunched('claude', task, toDefault(task)),
  configure: (task) => runConfigured('claude', task, toDefault(task)),
});
