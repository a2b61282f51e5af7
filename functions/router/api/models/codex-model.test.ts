import { describe, expect, test } from '@jest/globals';
import { builtinFiles } from '../../../catalogue/builtin.ts';
import { buildCatalogue } from '../../../catalogue/load-catalogue.ts';
import { toCodexModel } from './codex-model.ts';

const catalogue = buildCatalogue(builtinFiles, { vars: { project: 'p' } });
const entryOf = (name: string) => {
  const model = catalogue.find(name);
  if (model === null) throw new Error(`There is no ${name}.`);
  return toCodexModel(model, 7);
};

describe('a model as Codex reads it', () => {
  test('has its own levels where effort is asked for by name', () => {
    const { supported_reasoning_levels, default_reasoning_level } = entryOf('openai/gpt-5-mini');
    expect(supported_reasoning_levels.map(({ effort }) => effort)).toEqual(['minimal', 'low', 'medium', 'high']);
    expect(default_reasoning_level).toBe('medium');
  });

  test('has those that a budget is made of, without what Codex has no word for, and none where it does not think', () => {
    const claude = entryOf('anthropic/claude-haiku-4-5');
    expect(claude.supported_reasoning_levels.map(({ effort }) => effort)).toEqual(['low', 'medium', 'high', 'xhigh']);
    expect(entryOf('mesh/echo')).toMatchObject({ supported_reasoning_levels: [], default_reasoning_level: null });
  });

  test('is offered patches with a grammar only where every endpoint keeps to one', () => {
    expect(entryOf('openai/gpt-5-mini').apply_patch_tool_type).toBe('freeform');
    expect(entryOf('openai/gpt-4o').apply_patch_tool_type).toBeNull();
    expect(entryOf('anthropic/claude-haiku-4-5').apply_patch_tool_type).toBeNull();
  });

  test('says nothing that Codex has no word for, of any model', () => {
    for (const model of catalogue.models.values()) {
      const entry = toCodexModel(model, 0);
      const efforts = entry.supported_reasoning_levels.map(({ effort }) => effort);
      expect(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).toEqual(expect.arrayContaining(efforts));
      expect(entry.context_window).toBe(model.contextLength);
      expect(entry.input_modalities[0]).toBe('text');
      expect(Object.values(entry)).not.toContain(undefined);
    }
  });
});
