import { runConfigured, runLaunched } from '../run-cli.mjs';
import { serve } from '../serve.mjs';

/** What its package `opencode-ai` would start on this platform, the one that it is tried on. */
const PROGRAM = `${import.meta.dirname}/node_modules/opencode-linux-x64/bin/opencode`;

/** A command of `opencode run`, on the model that it has by default. */
const toDefault = (task) => () => [PROGRAM, 'run', task.prompt];

/** It asks for nothing beyond the provider that it was told of. */
const quiet = { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' };

serve({
  launch: (task) => runLaunched('opencode', task, toDefault(task), quiet),
  configure: (task) => runConfigured('opencode', task, toDefault(task), quiet),
});
