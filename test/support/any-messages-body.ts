import { sealedBlock } from '../../functions/formats/messages/thoughts.ts';
import fc from './fast-check.ts';
import { changed, placesIn } from './places-in.ts';
import { sealOf } from './seal-of.ts';

/** Bodies of `POST /v1/messages`: one that is right, and any that comes of it by some slips. */

const seal = sealOf('own_a');

const marker = { cache_control: { type: 'ephemeral', ttl: '1h' } };
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } };
const pdf = {
  type: 'document',
  source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
  title: 'a',
};
/** All that the format has and the router knows, and some that it does not. */
export const validMessagesBody = {
  model: 'm',
  max_tokens: 4_000,
  system: [{ type: 'text', text: 'Be brief.', ...marker }],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Look' }, image, pdf] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'ZGF0YQ==' },
        { ...sealedBlock({ type: 'reasoning.encrypted', data: 'x', format: 'google-gemini-v1' }, seal) },
        { type: 'text', text: 'I look.', citations: [] },
        { type: 'tool_use', id: 'a', name: 'look', input: { at: 'Pune' }, ...marker },
        { type: 'tool_use', id: 'b', name: 'look', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'Rain' }, image, pdf] },
        { type: 'tool_result', tool_use_id: 'b', content: 'No', is_error: true },
        { type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'x' }] },
        { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'x' }] }, context: 'c' },
      ],
    },
    { role: 'system', content: 'In verse.' },
    { role: 'user', content: 'And?' },
    { role: 'assistant', content: 'The' },
  ],
  tools: [
    { name: 'look', description: 'Looks', input_schema: { type: 'object', properties: {} }, defer_loading: true },
  ],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  thinking: { type: 'enabled', budget_tokens: 2_000, display: 'omitted' },
  output_config: { effort: 'low', format: { type: 'json_schema', schema: { type: 'object' } } },
  context_management: { edits: [{ type: 'clear_thinking_20251015' }] },
  metadata: { user_id: 'u' },
  stop_sequences: ['END'],
  temperature: 1,
  stream: true,
  provider: { order: ['a'] },
};

const places = placesIn(validMessagesBody);

const anything = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', 'x', 0, -1, 1e300, true, [], {}, [null], [[]], [{}], { type: 'text' }),
  fc.constantFrom<unknown>({ type: 'text', text: '' }, { type: 'new_kind' }, 'system', 'mesh.AAAA', 'disabled', 'a'),
  fc.jsonValue({ maxDepth: 3 }),
);
/** With up to three of its values changed, or left out. */
export const anyMessagesBody: fc.Arbitrary<unknown> = fc
  .array(fc.tuple(fc.constantFrom(...places), anything), { maxLength: 3 })
  .map((changes) => changes.reduce<unknown>((each, [place, to]) => changed(each, place, to), validMessagesBody));
