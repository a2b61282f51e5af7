import { expect, test } from '@jest/globals';
import { nameModel } from './name-model.ts';

test.each([
  ['anthropic', 'claude-haiku-5-5', 'anthropic/claude-haiku-5.5'],
  ['anthropic', 'claude-mythos-5', 'anthropic/claude-mythos-5'],
  ['vertex-claude', 'claude-opus-4-6@default', 'anthropic/claude-opus-4.6'],
  ['bedrock', 'global.anthropic.claude-opus-4-5-20251101-v1:0', 'anthropic/claude-opus-4.5'],
  ['bedrock', 'us.meta.llama3-3-70b-instruct-v1:0', 'meta-llama/llama-3.3-70b-instruct'],
  ['bedrock', 'openai.gpt-oss-120b-1:0', 'openai/gpt-oss-120b'],
  ['bedrock', 'us.deepseek.r1-v1:0', 'deepseek/deepseek-r1'],
  ['fireworks', 'accounts/fireworks/models/kimi-k2p7-code', 'moonshotai/kimi-k2.7-code'],
  ['fireworks', 'accounts/fireworks/models/llama-v3p3-70b-instruct', 'meta-llama/llama-3.3-70b-instruct'],
  ['together', 'zai-org/GLM-5.3', 'z-ai/glm-5.3'],
  ['together', 'arcee-ai/trinity-mini', 'arcee-ai/trinity-mini'],
  ['groq', 'openai/gpt-oss-20b', 'openai/gpt-oss-20b'],
  ['xai', 'grok-4.7', 'x-ai/grok-4.7'],
  ['fireworks', 'accounts/fireworks/models/of-nobody', null],
])('%s calls %s what we call %s', (provider, model, id) => {
  expect(nameModel(provider, model)).toBe(id);
});
