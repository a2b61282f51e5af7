import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tool, ToolTarget } from './tool.ts';

/** What says that it has a key: with another URL it would ask for a gateway of Google's. It lies beside the program, so nothing is written. */
const defaults = fileURLToPath(new URL('./gemini-defaults.json', import.meta.url));

function variablesOf({ url, key, model }: ToolTarget): Record<string, string> {
  return {
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_API_KEY: key,
    ...(model === null ? {} : { GEMINI_MODEL: model.id }),
  };
}

/** The URL must be https, or on this machine. */
export const gemini: Tool = {
  name: 'gemini',
  title: 'Gemini CLI',
  program: 'gemini',
  install: 'npm install -g @google/gemini-cli',
  asksFor: /^google\/gemini/,
  launch: (target) => ({
    env: {
      ...variablesOf(target),
      GEMINI_CLI_SYSTEM_DEFAULTS_PATH: defaults,
      GOOGLE_API_KEY: null,
      GOOGLE_GENAI_USE_VERTEXAI: null,
      GOOGLE_GENAI_USE_GCA: null,
    },
    args: [],
  }),
  settings: (target) => [
    {
      path: ({ home }) => join(home, '.gemini', '.env'),
      format: 'env',
      keys: Object.entries(variablesOf(target)).map(([name, value]) => ({
        path: [name],
        value,
        isSecret: name === 'GEMINI_API_KEY',
      })),
    },
    {
      path: ({ home }) => join(home, '.gemini', 'settings.json'),
      format: 'json',
      keys: [{ path: ['security', 'auth', 'selectedType'], value: 'gemini-api-key' }],
    },
  ],
};
