import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCli, runConfigured, runLaunched, runPlain, statusIn } from '../run-cli.mjs';
import { serve } from '../serve.mjs';

const folder = join(homedir(), '.gemini');
const PROGRAM = `${import.meta.dirname}/node_modules/.bin/gemini`;
const asked = (prompt) => ['-p', prompt, '--skip-trust', '--approval-mode', 'yolo'];

/** A command of `gemini -p`; it can call the weather. Its settings say so, and that it has a key. */
function commandOf({ model }, prompt, { server }, more = []) {
  mkdirSync(folder, { recursive: true });
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' } },
    privacy: { usageStatisticsEnabled: false },
    general: { maxAttempts: 1, enableAutoUpdate: false },
    mcpServers: { weather: { command: process.execPath, args: server, trust: true } },
  };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  return [process.execPath, PROGRAM, ...asked(prompt), '-m', model, ...more];
}

/** The same on the model that it has by default, with the settings of somebody who has said nothing but, perhaps, how it signs in. */
function startWith(settings) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  if (settings !== null) writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
}
const toDefault = (task) => () => [PROGRAM, ...asked(task.prompt)];

/** In one process, so that it ends when it is told to. */
const alone = { GEMINI_CLI_NO_RELAUNCH: 'true' };
const environmentOf = ({ url, key }) => ({ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key, ...alone });

/** `gemini -p` unchanged, with its words as it streams them. */
async function run(task, { leaves = false } = {}) {
  const facts = { text: '' };
  const toCommand = (place) => commandOf(task, task.prompt, place, ['--output-format', 'stream-json']);
  const { calls, complaint } = await runCli(toCommand, environmentOf(task), (event, end) => {
    if (event.type === 'message' && event.role === 'assistant') {
      facts.text += event.content;
      if (leaves) end();
    }
    if (event.type !== 'result' || event.status === 'success') return;
    const message = event.error?.message ?? '';
    facts.error = { class: event.error?.type ?? 'error', message, status: told(message) };
  });
  if (facts.text === '' && !facts.error)
    facts.error = { class: 'nothing', message: complaint, status: told(complaint) };
  return { ...facts, calls };
}

/** It has words alone of a model that there is not and of rates, and quotes all else. */
function told(words) {
  if (/no such model/.test(words)) return 404;
  if (/Suggested retry after \d+s/.test(words)) return 429;
  return Number(/\\*"code\\*":\s*(\d+)/.exec(words)?.[1]) || statusIn(words);
}

serve({
  text: (task) => run(task),
  tools: (task) => run(task),
  reasoning: (task) => run(task),
  abort: (task) => run(task, { leaves: true }),
  resume: (task) =>
    runPlain(
      (place) => [commandOf(task, task.prompt, place), commandOf(task, 'And now?', place, ['--resume', 'latest'])],
      environmentOf(task),
    ),
  launch(task) {
    startWith({ security: { auth: { selectedType: 'gemini-api-key' } } });
    return runLaunched('gemini', task, toDefault(task), alone);
  },
  configure(task) {
    startWith(null);
    return runConfigured('gemini', task, toDefault(task), alone);
  },
});
