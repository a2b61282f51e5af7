import { runCli, statusIn } from '../run-cli.mjs';
import { serve } from '../serve.mjs';

/** `codex exec` unchanged, at a provider of the user's own. */
async function run(task, { effort = 'low' } = {}) {
  const facts = {};
  let reasoning = '';
  const toCommand = ({ server }) => {
    const settings = {
      model_provider: 'mesh',
      'model_providers.mesh.name': 'Mesh',
      'model_providers.mesh.base_url': `${task.url}/v1`,
      'model_providers.mesh.env_key': 'MESH_API_KEY',
      'model_providers.mesh.wire_api': 'responses',
      'model_providers.mesh.request_max_retries': 0,
      'model_providers.mesh.stream_max_retries': 0,
      'mcp_servers.weather.command': process.execPath,
      'mcp_servers.weather.args': server,
      'mcp_servers.weather.default_tools_approval_mode': 'approve',
      model_reasoning_effort: effort,
      model_reasoning_summary: 'auto',
      check_for_update_on_startup: false,
      'analytics.enabled': false,
    };
    return [
      `${import.meta.dirname}/node_modules/.bin/codex`,
      ...['exec', '--json', '--skip-git-repo-check', '--sandbox', 'read-only', '--model', task.model],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${JSON.stringify(value)}`]),
      task.prompt,
    ];
  };
  const env = { MESH_API_KEY: task.key, CODEX_HOME: process.env.HOME };
  const { calls, complaint } = await runCli(toCommand, env, ({ type, item, error, message }) => {
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

serve({
  text: (task) => run(task),
  tools: (task) => run(task),
  reasoning: (task) => run(task, { effort: 'medium' }),
});
