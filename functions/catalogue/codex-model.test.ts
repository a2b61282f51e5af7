import { expect, test } from '@jest/globals';
import { builtinFiles } from './builtin.ts';
import { toCodexModels } from './codex-model.ts';
import { buildCatalogue } from './load-catalogue.ts';

const { models } = buildCatalogue(builtinFiles, { vars: { project: 'p', region: 'r' } });
const list = toCodexModels([...models.values()]);
const find = (slug: string) => list.find((model) => model.slug === slug);

test('Codex is shown the models that call tools, in their order', () => {
  const agents = [...models.values()].filter(({ capabilities }) => capabilities.has('tools'));
  expect(list.map(({ slug, priority }) => [slug, priority])).toEqual(agents.map(({ id }, place) => [id, place]));
});

test('with the levels that one of their endpoints takes, from least to most', () => {
  const o3 = find('openai/o3');
  expect(o3?.supported_reasoning_levels.map(({ effort }) => effort)).toEqual(['low', 'medium', 'high']);
  expect(o3).toMatchObject({ default_reasoning_level: 'medium', supports_reasoning_summaries: true });
  expect(find('openai/gpt-4o-mini')).toMatchObject({
    supported_reasoning_levels: [],
    default_reasoning_level: null,
    supports_reasoning_summaries: false,
  });
});

test('with what it may put into them', () =>
  expect(find('anthropic/claude-sonnet-4.5')).toMatchObject({
    context_window: 200_000,
    input_modalities: ['text', 'image'],
    apply_patch_tool_type: null,
  }));

test('each with everything that Codex does not do without', () => {
  // codex-rs reads these without a default: a list that lacks one of them is dropped as a whole.
  const needed = ['slug', 'display_name', 'supported_reasoning_levels', 'shell_type', 'visibility', 'supported_in_api'];
  const also = ['priority', 'base_instructions', 'supports_reasoning_summaries', 'support_verbosity'];
  const limits = [
    'truncation_policy',
    'supports_parallel_tool_calls',
    'context_window',
    'experimental_supported_tools',
  ];
  for (const model of list) {
    expect(Object.keys(model)).toEqual(expect.arrayContaining([...needed, ...also, ...limits]));
    expect(model.base_instructions).not.toBe('');
  }
});
