import { describe, expect, test } from '@jest/globals';
import { fillTemplate, variablesIn } from './fill-template.ts';
import type { TemplateContent } from './template.ts';

const content = (more: Partial<TemplateContent>): TemplateContent => ({
  description: null,
  system: null,
  messages: [],
  model: null,
  params: {},
  variables: [],
  ...more,
});
const fill = (system: string, variables: Record<string, unknown>) =>
  fillTemplate(content({ system }), variables)[0]?.content;

test.each([
  ['{{name}}, {{ name }} and {{  name  }}', { name: 'Ada' }, 'Ada, Ada and Ada'],
  ['a number {{n}}, a truth {{t}}', { n: 1.5, t: false }, 'a number 1.5, a truth false'],
  ['nothing {{ }} {{1a}} { {a} } {{a b}}', {}, 'nothing {{ }} {{1a}} { {a} } {{a b}}'],
  ['what is put in is not filled: {{a}}', { a: '{{b}} $& $1', b: 'no' }, 'what is put in is not filled: {{b}} $& $1'],
  ['other letters: {{größe}} {{a.b-c}}', { größe: 'XL', 'a.b-c': '' }, 'other letters: XL '],
])('%s', (system, variables, filled) => {
  expect(fill(system, variables)).toBe(filled);
});

test.each([
  ['a', {}],
  ['a', { a: null }],
  ['a', { a: { b: 1 } }],
  ['constructor', {}],
])('{{%s}} of %j is missing or no text', (name, variables) => {
  expect(() => fill(`{{${name}}}`, variables)).toThrow(
    expect.objectContaining({ code: 'validation_error', param: `variables.${name}` }),
  );
});

describe('messages', () => {
  const messages = [
    {
      role: 'user',
      content: [
        { type: 'text', text: '{{a}}' },
        { type: 'image_url', image_url: { url: '{{b}}' } },
      ],
    },
    { role: 'assistant', content: '{{c}}' },
  ];

  test('have places in their texts alone, and come after the system', () => {
    expect(fillTemplate(content({ system: 's', messages }), { a: '1', c: '3' })).toEqual([
      { role: 'system', content: 's' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '1' },
          { type: 'image_url', image_url: { url: '{{b}}' } },
        ],
      },
      { role: 'assistant', content: '3' },
    ]);
  });

  test('say which variables they need', () => {
    expect(variablesIn({ system: '{{z}} {{ a }}', messages })).toEqual(['z', 'a', 'c']);
  });
});
