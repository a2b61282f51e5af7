import { join } from 'node:path';
import type { Tool, ToolTarget } from './tool.ts';

const PROVIDER = 'mesh';

function providerOf({ url }: ToolTarget): Record<string, string> {
  return { name: 'Mesh', base_url: `${url}/v1`, wire_api: 'responses' };
}

/** Strings of TOML are written as those of JSON. */
function setting(name: string, value: string): string[] {
  return ['-c', `${name}=${JSON.stringify(value)}`];
}

/** A provider of the user's own; it speaks the Responses API alone. */
export const codex: Tool = {
  name: 'codex',
  title: 'Codex',
  program: 'codex',
  install: 'npm install -g @openai/codex',
  asksFor: /^openai\/gpt-5/,
  launch: (target) => ({
    env: { MESH_KEY: target.key },
    args: [
      ...setting('model_provider', PROVIDER),
      ...Object.entries({ ...providerOf(target), env_key: 'MESH_KEY' }).flatMap(([name, value]) =>
        setting(`model_providers.${PROVIDER}.${name}`, value),
      ),
      ...(target.model === null ? [] : ['--model', target.model.id]),
    ],
  }),
  settings: (target) => [
    {
      path: ({ env, home }) => join(env.CODEX_HOME || join(home, '.codex'), 'config.toml'),
      format: 'toml',
      keys: [
        { path: ['model_provider'], value: PROVIDER },
        ...(target.model === null ? [] : [{ path: ['model'], value: target.model.id }]),
        ...Object.entries(providerOf(target)).map(([name, value]) => ({
          path: [`model_providers.${PROVIDER}`, name],
          value,
        })),
        { path: [`model_providers.${PROVIDER}`, 'experimental_bearer_token'], value: target.key, isSecret: true },
      ],
    },
  ],
};
