import { runConfigured, runLaunched } from '../run-cli.mjs';
import { serve } from '../serve.mjs';

/** A command of `opencode run`, on the model that it has by default. */
const toDefault = (task) => () => [`${import.meta.dirname}/node_modules/.bin/opencode`, 'run', task.prompt];

/** It asks for nothing beyond the provider that it was told of. */
const quiet = { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' };

serve({
  launch: (task) => runLaunched('opencode', task, toDefault(task), quiet),
  configure: (task) => runConfigured('opencode', task, toDefault(task), quiet),
});
