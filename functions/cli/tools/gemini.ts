import { join } from 'node:path';
import type { SettingsFile, Tool, ToolTarget } from './tool.ts';

/** With another URL than Google's it would go by a gateway of theirs, and only its settings can say that it has a key. */
const byKey: SettingsFile = {
  path: ({ home }) => join(home, '.gemini', 'settings.json'),
  format: 'json',
  keys: [{ path: ['security', 'auth', 'selectedType'], value: 'gemini-api-key' }],
};

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
  wants: [byKey],
  launch: (target) => ({
    env: {
      ...variablesOf(target),
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
    byKey,
  ],
};
