import { join } from 'node:path';
import type { Tool, ToolTarget } from './tool.ts';

const PROVIDER = 'mesh';

/** Its own words for a provider that it has never heard of. https://opencode.ai/docs/providers */
function providerOf({ url, models }: ToolTarget, apiKey: string) {
  return {
    npm: '@ai-sdk/openai-compatible',
    name: 'Mesh',
    options: { baseURL: `${url}/v1`, apiKey },
    models: Object.fromEntries(models.map((id) => [id, { name: id }])),
  };
}

export const opencode: Tool = {
  name: 'opencode',
  title: 'OpenCode',
  program: 'opencode',
  install: 'npm install -g opencode-ai',
  asksFor: null,
  launch(target) {
    const config = {
      provider: { [PROVIDER]: providerOf(target, '{env:MESH_KEY}') },
      ...(target.model === null ? {} : { model: `${PROVIDER}/${target.model.id}` }),
    };
    return { env: { MESH_KEY: target.key, OPENCODE_CONFIG_CONTENT: JSON.stringify(config) }, args: [] };
  },
  settings: (target) => [
    {
      path: ({ env, home }) => join(env.XDG_CONFIG_HOME || join(home, '.config'), 'opencode', 'opencode.json'),
      format: 'json',
      keys: [
        { path: ['provider', PROVIDER], value: providerOf(target, target.key), isSecret: true },
        ...(target.model === null ? [] : [{ path: ['model'], value: `${PROVIDER}/${target.model.id}` }]),
      ],
    },
  ],
};
