import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import type { RequestRules } from '../../core/endpoints/request-rules.ts';
import { parseMessagesRequest } from './parse-request.ts';
import { canRelay, toRelay } from './relay-request.ts';
import { sealedBlock, Thought } from './thoughts.ts';

const seal = sealOf('own_a');
const CLAUDE = 'anthropic-claude-v1';
const endpointWith = (unknown: RequestRules['unknown'], more: object = {}) => {
  const endpoint = makeEndpoint({ format: 'messages', upstreamModel: 'claude', ...more });
  return {
    ...endpoint,
    reasoning: { ...endpoint.reasoning, issuer: CLAUDE },
    request: { ...endpoint.request, unknown },
  } as const;
};
const hello = { model: 'm', max_tokens: 8_000, messages: [{ role: 'user', content: 'Hello' }] };
const betas = { 'anthropic-version': '2024-01-01', 'anthropic-beta': 'a-2025-01-01,b-2026-01-01' };

function relay(fields: object, unknown: RequestRules['unknown'] = 'pass', most = 8_000, passOn = betas) {
  const request = atOnce(parseMessagesRequest({ ...hello, ...fields }));
  return toRelay(request, passOn, endpointWith(unknown), most, seal);
}

/** As Claude Code sends it. */
const claudeCode = {
  model: 'claude-sonnet-4-5',
  max_tokens: 8_000,
  stream: true,
  thinking: { type: 'enabled', budget_tokens: 7_999, display: 'omitted' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  metadata: { user_id: '{"session_id":"5f"}' },
  system: [
    { type: 'text', text: 'x-anthropic-billing-header: cc_version=2' },
    { type: 'text', text: 'You are a tool.', cache_control: { type: 'ephemeral' } },
  ],
  tools: [{ name: 'look', description: 'Looks', input_schema: { type: 'object' }, defer_loading: true }],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
  ],
};

describe('a relay', () => {
  test('leaves as it came, but for the model', () => {
    const { headers, body } = toRelay(
      atOnce(parseMessagesRequest(claudeCode)),
      betas,
      endpointWith('pass'),
      8_000,
      seal,
    );
    expect(JSON.stringify(body)).toBe(JSON.stringify({ ...claudeCode, model: 'claude' }));
    expect(headers).toEqual(betas);
  });

  test('says nothing of what was said to the router', () => {
    const { body } = relay({ provider: { order: ['a'] }, models: ['b'], timeout: 5 });
    expect(Object.keys(body)).toEqual(['model', 'max_tokens', 'messages']);
  });

  test('has a budget that fits below what is paid for', () => {
    const thinking = { type: 'enabled', budget_tokens: 7_999 };
    expect(relay({ thinking }, 'pass', 4_000).body).toMatchObject({
      max_tokens: 4_000,
      thinking: { type: 'enabled', budget_tokens: 3_999 },
    });
    const clearing = { edits: [{ type: 'clear_thinking_20251015' }, { type: 'clear_tool_uses_20250919' }] };
    const { body } = relay({ thinking, context_management: clearing }, 'pass', 500);
    expect(body).not.toHaveProperty('thinking');
    expect(body.context_management).toEqual({ edits: [{ type: 'clear_tool_uses_20250919' }] });
  });

  test('that takes no betas gets neither their header nor their fields', () => {
    const { headers, body } = toRelay(
      atOnce(parseMessagesRequest(claudeCode)),
      betas,
      endpointWith('drop'),
      8_000,
      seal,
    );
    expect(headers).toEqual({ 'anthropic-version': '2024-01-01' });
    expect(body).not.toHaveProperty('context_management');
    expect(body.thinking).toEqual({ type: 'enabled', budget_tokens: 7_999 });
    expect(body.tools).toEqual([{ name: 'look', description: 'Looks', input_schema: { type: 'object' } }]);
    expect([body.system, body.messages]).toEqual([claudeCode.system, claudeCode.messages]);
  });

  test('that takes no betas hears the system at the beginning alone, and of tools that were found in words', () => {
    const messages = [
      { role: 'user', content: 'Look' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'look', input: {} }] },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'tool_reference', tool_name: 'see' }] }],
      },
      { role: 'system', content: 'In verse.' },
    ];
    const sent = relay({ messages }, 'drop').body.messages as { role: string; content: unknown }[];
    expect(sent.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'user']);
    expect(sent[2]?.content).toEqual([
      { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'The tool see can be used.' }] },
    ]);
    expect(relay({ messages }).body.messages).toEqual(messages);
  });

  test('that takes no betas is told of a format by its newer name', () => {
    const output_format = { type: 'json_schema', schema: { type: 'object' } };
    const { body } = relay({ output_format }, 'drop');
    expect([body.output_config, body.output_format]).toEqual([{ format: output_format }, undefined]);
    const output_config = { format: { type: 'json_schema', schema: {} } };
    expect(relay({ output_format, output_config }, 'drop').body.output_config).toEqual(output_config);
  });

  test('compares with no message that only we know', () => {
    const diagnosticsWith = (previous_message_id: string | null) =>
      relay({ diagnostics: { previous_message_id, new_field: 1 } }).body.diagnostics;
    expect(diagnosticsWith('req_1')).toEqual({ previous_message_id: null, new_field: 1 });
    expect(diagnosticsWith('msg_1')).toEqual({ previous_message_id: 'msg_1', new_field: 1 });
    expect(relay({}).body).not.toHaveProperty('diagnostics');
  });

  test('is not asked of an endpoint that lacks what is needed', () => {
    const needing = atOnce(parseMessagesRequest({ ...hello, tools: [{ type: 'bash_20250124', name: 'bash' }] }));
    expect([canRelay(needing, {}, endpointWith('pass')), canRelay(needing, {}, endpointWith('drop'))]).toEqual([
      true,
      false,
    ]);
  });

  test('of a long context is asked where the catalogue has one', () => {
    const long = { 'anthropic-beta': 'context-1m-2025-08-07' };
    const request = atOnce(parseMessagesRequest(hello));
    const can = (contextLength: number) => canRelay(request, long, endpointWith('pass', { contextLength }));
    expect([can(200_000), can(1_000_000)]).toEqual([false, true]);
  });
});

describe('thoughts', () => {
  const call = { type: 'tool_use', id: 'a', name: 'look', input: {} };
  const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a' }] };
  const after = (...blocks: object[]) => [
    { role: 'user', content: 'Look' },
    { role: 'assistant', content: blocks },
    result,
  ];
  const thoughtOf = (format: string, signature?: string) =>
    new Thought(
      { type: 'reasoning.text', text: 'Hm', ...(signature ? { signature } : {}), format, index: 0 },
      true,
    ).block(seal);
  const thinking = { type: 'enabled', budget_tokens: 2_000 };
  const content = (body: Record<string, unknown>) => (body.messages as { content: unknown }[])[1]?.content;

  test('that Anthropic signed stay', () => {
    const native = { type: 'thinking', thinking: 'Hm', signature: 'c2ln' };
    expect(content(relay({ thinking, messages: after(native, call) }).body)).toEqual([native, call]);
  });

  test('of Claude at another endpoint are opened', () => {
    const { body } = relay({ thinking, messages: after(thoughtOf(CLAUDE, 'c2ln'), call) });
    expect(content(body)).toEqual([{ type: 'thinking', thinking: 'Hm', signature: 'c2ln' }, call]);
    expect(body.thinking).toEqual(thinking);
  });

  test('of others are taken out, and the turn goes on without thinking', () => {
    const sealed = sealedBlock({ type: 'reasoning.encrypted', data: 'x', format: 'google-gemini-v1' }, seal);
    const { body } = relay({ thinking, messages: after(thoughtOf('openai-responses-v1'), sealed, call) });
    expect(content(body)).toEqual([call]);
    expect(body).not.toHaveProperty('thinking');
  });

  test('whose text was changed are taken out', () => {
    const changed = { ...thoughtOf(CLAUDE, 'c2ln'), thinking: 'Hm, no' };
    expect(content(relay({ messages: after(changed, call) }).body)).toEqual([call]);
  });
});
