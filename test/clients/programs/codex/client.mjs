import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, runConfigured, runLaunched, runPlain, statusIn } from '../run-cli.mjs';
import { IMAGE_BASE64, serve } from '../serve.mjs';

/** What it is not to do while it is tried. */
const quiet = { check_for_update_on_startup: false, 'analytics.enabled': false };
const toArguments = (settings) =>
  Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${JSON.stringify(value)}`]);
const PROGRAM = `${import.meta.dirname}/node_modules/.bin/codex`;
const EXEC = ['exec', '--skip-git-repo-check', '--sandbox', 'workspace-write'];

/** A command of `codex exec`, at a provider of the user's own; it can call the weather. `more` goes before the prompt. */
function commandOf({ url, model }, prompt, { server }, { settings = {}, more = [] } = {}) {
  const all = {
    model_provider: 'mesh',
    'model_providers.mesh.name': 'Mesh',
    'model_providers.mesh.base_url': `${url}/v1`,
    'model_providers.mesh.env_key': 'MESH_API_KEY',
    'model_providers.mesh.wire_api': 'responses',
    'mcp_servers.weather.command': process.execPath,
    'mcp_servers.weather.args': server,
    'mcp_servers.weather.default_tools_approval_mode': 'approve',
    model_reasoning_effort: 'low',
    model_reasoning_summary: 'auto',
    ...quiet,
    ...settings,
  };
  return [PROGRAM, ...EXEC, '--model', model, ...toArguments(all), ...more, prompt];
}

/** The same at the provider and on the model that it has by default. */
const toDefault = (task) => () => [PROGRAM, ...EXEC, ...toArguments(quiet), task.prompt];

const environmentOf = ({ key }) => ({ MESH_API_KEY: key, CODEX_HOME: process.env.HOME });

/** `codex exec` unchanged, with its words as events. */
async function run(task, { effort = 'low', more = [] } = {}) {
  const facts = {};
  let reasoning = '';
  const settings = {
    'model_providers.mesh.request_max_retries': 0,
    'model_providers.mesh.stream_max_retries': 0,
    model_reasoning_effort: effort,
  };
  const toCommand = (place) => commandOf(task, task.prompt, place, { settings, more: [...more, '--json'] });
  const { calls, complaint } = await runCli(toCommand, environmentOf(task), ({ type, item, error, message }) => {
    if (type === 'item.completed' && item.type === 'agent_message') facts.text = item.text;
    if (type === 'item.completed' && item.type === 'reasoning') reasoning += item.text;
    const words = type === 'turn.failed' ? error.message : type === 'error' ? message : undefined;
    if (words !== undefined) facts.error = { class: type, message: words, ...told(words) };
  });
  if (facts.text === undefined && !facts.error) facts.error = { class: 'nothing', message: complaint };
  return { ...facts, calls, reasoning };
}

/** It has its own words for a quota and for too much, passes ours on for a model that there is not, and has numbers for all else. */
function told(words) {
  if (/^Quota exceeded/.test(words)) return { code: 'insufficient_quota' };
  if (/ran out of room in the model's context window/.test(words)) return { code: 'context_length_exceeded' };
  return /no such model/.test(words) ? { code: 'model_not_found' } : { status: statusIn(words) };
}

/** A new file that a command is told of. */
function fileOf(name, content) {
  const path = join(mkdtempSync(join(tmpdir(), 'told-')), name);
  writeFileSync(path, content);
  return path;
}

const image = (task) => run(task, { more: ['--image', fileOf('dot.png', Buffer.from(IMAGE_BASE64, 'base64'))] });

async function schema(task) {
  const wanted = {
    type: 'object',
    properties: { city: { type: 'string' }, celsius: { type: 'integer' } },
    required: ['city', 'celsius'],
    additionalProperties: false,
  };
  const { text, ...facts } = await run(task, {
    more: ['--output-schema', fileOf('schema.json', JSON.stringify(wanted))],
  });
  return text === undefined ? facts : { ...facts, object: JSON.parse(text) };
}

/** `codex exec` as people start it, with its words below the question. */
async function plain(task, toCommands) {
  const { printed, error, ...facts } = await runPlain(toCommands, environmentOf(task));
  const words = printed
    .split(/^user\n.*\n/m)
    .at(-1)
    .replaceAll(/^warning: .*\n/gm, '');
  return { ...facts, printed: words, ...(error ? { error: { ...error, message: words } } : {}) };
}

/** With a tool that patches, which Codex gives to models alone whose description says so. */
async function patch(task) {
  const headers = { authorization: `Bearer ${task.key}` };
  const { models } = await (await fetch(`${task.url}/v1/models?client_version=0.171.0`, { headers })).json();
  const known = models.find(({ slug }) => slug === task.model);
  const catalog = JSON.stringify({ models: [{ ...known, apply_patch_tool_type: 'freeform' }] });
  const settings = { model_catalog_json: fileOf('models.json', catalog) };
  return plain(task, (place) => [commandOf(task, task.prompt, place, { settings })]);
}

serve({
  text: (task) => run(task),
  tools: (task) => run(task),
  reasoning: (task) => run(task, { effort: 'medium' }),
  image,
  schema,
  plain: (task) => plain(task, (place) => [commandOf(task, task.prompt, place)]),
  patch,
  resume: (task) =>
    plain(task, (place) => [
      commandOf(task, task.prompt, place),
      commandOf(task, 'And now?', place, { more: ['resume', '--last'] }),
    ]),
  launch: (task) => runLaunched('codex', task, toDefault(task)),
  configure: (task) => runConfigured('codex', task, toDefault(task)),
});
