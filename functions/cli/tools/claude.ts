import { join } from 'node:path';
import type { Tool, ToolTarget } from './tool.ts';

/** https://code.claude.com/docs/en/llm-gateway: the URL without `/v1`, the key as a bearer token. */
function variablesOf({ url, key, model }: ToolTarget): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: key,
    ...(model === null ? {} : modelVariables(model.id, model.contextLength)),
  };
}

/** Its names for models, all of which it asks for at some time. A model that is none of Anthropic's is taken for one with a window of 200,000. */
function modelVariables(id: string, contextLength: number): Record<string, string> {
  const names = ['ANTHROPIC_MODEL', ...['OPUS', 'SONNET', 'HAIKU'].map((name) => `ANTHROPIC_DEFAULT_${name}_MODEL`)];
  return {
    ...Object.fromEntries(names.map((name) => [name, id])),
    CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(contextLength),
  };
}

export const claude: Tool = {
  name: 'claude',
  title: 'Claude Code',
  program: 'claude',
  install: 'npm install -g @anthropic-ai/claude-code',
  asksFor: /claude/,
  launch: (target) => ({
    // Another key, or another cloud, would win over the token.
    env: {
      ...variablesOf(target),
      ANTHROPIC_API_KEY: null,
      CLAUDE_CODE_USE_BEDROCK: null,
      CLAUDE_CODE_USE_VERTEX: null,
    },
    args: [],
  }),
  settings: (target) => [
    {
      path: ({ env, home }) => join(env.CLAUDE_CONFIG_DIR || join(home, '.claude'), 'settings.json'),
      format: 'json',
      keys: Object.entries(variablesOf(target)).map(([name, value]) => ({
        path: ['env', name],
        value,
        isSecret: name === 'ANTHROPIC_AUTH_TOKEN',
      })),
    },
  ],
};
