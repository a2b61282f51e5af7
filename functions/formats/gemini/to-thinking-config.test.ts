import { describe, expect, test } from '@jest/globals';
import { geminiBodyOf, type Setting } from '../../../test/support/gemini-body.ts';

const thinkingOf = (fields: object, setting?: Setting) => geminiBodyOf(fields, setting).generationConfig.thinkingConfig;
const shown = { includeThoughts: true };

describe('thinking', () => {
  const flash: Setting = { levels: ['minimal', 'low', 'medium', 'high'] };
  const pro: Setting = { model: 'gemini-3.1-pro-preview' };
  test.each<[string, object, Setting, unknown]>([
    ['minimal', { reasoning_effort: 'minimal' }, flash, { thinkingLevel: 'MINIMAL', ...shown }],
    ['minimal of Pro, which refuses it', { reasoning_effort: 'minimal' }, pro, { thinkingLevel: 'LOW', ...shown }],
    ['low', { reasoning_effort: 'low' }, pro, { thinkingLevel: 'LOW', ...shown }],
    ['medium', { reasoning: { effort: 'medium' } }, pro, { thinkingLevel: 'MEDIUM', ...shown }],
    ['high', { reasoning_effort: 'high' }, pro, { thinkingLevel: 'HIGH', ...shown }],
    ['more than high', { reasoning_effort: 'max' }, pro, { thinkingLevel: 'HIGH', ...shown }],
    ['a budget', { reasoning: { max_tokens: 2_000 } }, pro, { thinkingLevel: 'LOW', ...shown }],
    ['on', { reasoning: { enabled: true } }, pro, shown],
    ['hidden', { reasoning: { effort: 'high', exclude: true } }, pro, { thinkingLevel: 'HIGH' }],
    ['hidden and else as it is', { reasoning: { exclude: true } }, pro, undefined],
    ['off, which is the least that Flash can do', { reasoning_effort: 'none' }, flash, { thinkingLevel: 'MINIMAL' }],
    ['off, which is the least that Pro can do', { reasoning: { enabled: false } }, pro, { thinkingLevel: 'LOW' }],
    ['not spoken of', {}, pro, undefined],
  ])('by level: %s', (_, fields, setting, config) => expect(thinkingOf(fields, setting)).toEqual(config));

  const flash25: Setting = { send: 'budget', model: 'gemini-2.5-flash' };
  const pro25: Setting = { send: 'budget', model: 'gemini-2.5-pro' };
  const cramped: Setting = { ...flash25, maxOutputTokens: 500 };
  const roomy: Setting = { ...flash25, maxOutputTokens: 60_000 };
  test.each<[string, object, Setting, unknown]>([
    ['an effort', { reasoning_effort: 'medium' }, flash25, { thinkingBudget: 5_000, ...shown }],
    ['a budget', { reasoning: { max_tokens: 3_000 } }, flash25, { thinkingBudget: 3_000, ...shown }],
    ['no more than all models take', { reasoning_effort: 'high' }, roomy, { thinkingBudget: 24_576, ...shown }],
    ['on, as much as the model likes', { reasoning: { enabled: true } }, flash25, { thinkingBudget: -1, ...shown }],
    ['off', { reasoning_effort: 'none' }, flash25, { thinkingBudget: 0 }],
    ['off, which Pro cannot', { reasoning_effort: 'none' }, pro25, { thinkingBudget: 128 }],
    ['no room to think in', { reasoning_effort: 'high' }, cramped, { thinkingBudget: 0 }],
    ['not spoken of', {}, flash25, undefined],
  ])('by budget: %s', (_, fields, setting, config) => expect(thinkingOf(fields, setting)).toEqual(config));

  test('is not asked of a model that cannot, which would refuse the field', () => {
    expect(thinkingOf({ reasoning_effort: 'high' }, { without: ['reasoning'] })).toBeUndefined();
  });
});
