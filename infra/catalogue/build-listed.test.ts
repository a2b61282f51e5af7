import { describe, expect, test } from '@jest/globals';
import { buildListed } from './build-listed.ts';
import type { ListedModel } from './listed-model.ts';

const TODAY = '2026-11-28';

function candidate(more: Partial<ListedModel> = {}): ListedModel {
  return {
    provider: 'fireworks',
    model: 'accounts/fireworks/models/glm-9',
    context_length: 100_000,
    max_output_tokens: 8_000,
    can: ['tools', 'reasoning'],
    source: 'https://example.com/serverless',
    found: { price: { input: '1', output: '2' } },
    ...more,
  };
}

const build = (...models: ListedModel[]) => buildListed(models, [], TODAY);

describe('a listed model', () => {
  test('is served by all who have it, by whoever made it first', () => {
    const { models } = build(candidate(), candidate({ provider: 'zai', model: 'glm-9', retires_at: '2027-01-01' }));
    expect(models['z-ai/glm-9']?.endpoints?.map(({ provider, retires_at }) => [provider, retires_at])).toEqual([
      ['zai', '2027-01-01'],
      ['fireworks', undefined],
    ]);
  });

  test('writes no more than is known, where nobody says less than the context', () => {
    const { models } = build(candidate({ max_output_tokens: 100_000 }));
    expect(models['z-ai/glm-9']?.max_output_tokens).toBe(32_768);
  });

  test('is the one of the place that is nearest to everywhere, of two names on Bedrock', () => {
    const name = 'anthropic.claude-opus-9';
    const models = ['us.', '', 'global.'].map((before) => candidate({ provider: 'bedrock', model: before + name }));
    expect(build(...models).models['anthropic/claude-opus-9']?.endpoints?.map(({ model }) => model)).toEqual([
      `global.${name}`,
    ]);
  });

  test.each([
    ['has retired', { retires_at: TODAY }, 'its provider has retired it'],
    ['no page names', { source: undefined as never }, 'no page says that it is served'],
    ['an old page alone names', { source: 'https://example.com/pricing' }, 'only an old page of prices names it'],
    ['moves', { model: 'accounts/fireworks/models/glm-latest' }, 'its name moves from one model to another'],
    ['costs what we can’t charge', { found: { reason: 'it sings' } }, 'it sings'],
  ])('is none that %s', (_what, more, reason) => {
    const { models, leftOut } = build(candidate(more));
    expect([Object.keys(models), [...leftOut.keys()]]).toEqual([[], [reason]]);
  });

  test('is none that somebody holds by hand', () => {
    const hand = [{ models: { 'z-ai/glm-9': {} } }];
    const { models, leftOut } = buildListed([candidate()], hand, TODAY);
    expect([models, [...leftOut.keys()]]).toEqual([{}, ['its model is held by hand']]);
  });
});

describe('what it is asked', () => {
  const rulesOf = (more: Partial<ListedModel>) => Object.values(build(candidate(more)).models)[0]?.endpoints?.[0];

  test('of a snapshot, what its model is', async () => {
    const { handFiles } = await import('../../functions/catalogue/builtin.ts');
    const { models } = buildListed([candidate({ provider: 'openai', model: 'gpt-5.1-2025-11-13' })], handFiles, TODAY);
    expect(models['openai/gpt-5.1-2025-11-13']?.endpoints?.[0]).toMatchObject({
      capabilities: ['tools', 'vision', 'file', 'json_schema', 'reasoning', '-sampling', '-logprobs'],
      reasoning: { effort_levels: ['none', 'low', 'medium', 'high'] },
    });
  });

  test('is the least where nobody says more', () => {
    expect(rulesOf({ provider: 'together', model: 'a/b' })).not.toHaveProperty('reasoning');
    expect(rulesOf({ provider: 'together', model: 'a/b' })?.capabilities).toEqual(['tools']);
    expect(rulesOf({ provider: 'openai', model: 'gpt-9-pro' })?.reasoning).toEqual({ effort_levels: ['high'] });
  });

  test('is what its provider takes of the levels that the model has', () => {
    expect(rulesOf({ effort_levels: ['low', 'high', 'max'] })?.reasoning).toEqual({ effort_levels: ['low', 'high'] });
  });

  test('is asked of Bedrock in the region whose price it has', () => {
    expect(rulesOf({ provider: 'bedrock', model: 'us.qwen.qwen9' })?.regions).toEqual(['us-east-1']);
    expect(rulesOf({ provider: 'bedrock', model: 'global.qwen.qwen9' })?.regions).toBeUndefined();
  });
});
