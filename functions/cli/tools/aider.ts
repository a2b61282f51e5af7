import { join } from 'node:path';
import type { Tool } from './tool.ts';

/** It speaks chat, and names what is OpenAI's by `openai/`. https://aider.chat/docs/llms/openai-compat.html */
export const aider: Tool = {
  name: 'aider',
  title: 'Aider',
  program: 'aider',
  install: 'python -m pip install aider-install && aider-install',
  asksFor: null,
  launch: ({ url, key, model }) => ({
    env: {
      OPENAI_API_BASE: `${url}/v1`,
      OPENAI_API_KEY: key,
      ...(model === null ? {} : { AIDER_MODEL: `openai/${model.id}` }),
    },
    args: [],
  }),
  settings: ({ url, key, model }) => [
    {
      path: ({ home }) => join(home, '.aider.conf.yml'),
      format: 'yaml',
      keys: [
        { path: ['openai-api-base'], value: `${url}/v1` },
        { path: ['openai-api-key'], value: key, isSecret: true },
        ...(model === null ? [] : [{ path: ['model'], value: `openai/${model.id}` }]),
      ],
    },
  ],
};
