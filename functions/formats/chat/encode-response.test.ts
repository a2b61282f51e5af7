import { expect, test } from '@jest/globals';
import { noUsage } from '../../core/money/usage.ts';
import type { ChatCompletion } from '../pivot/chat-completion.ts';
import { encodeCompletion } from './encode-response.ts';

const shownHead = { id: 'req_1', created: 7, model: 'acme/large', provider: 'acme' };
const head = { ...shownHead, fingerprint: 'fp_ours' };
const bill = { usage: { ...noUsage, input: 10, output: 5 }, usd: '0.000042', mesh: { settled: true } };

test('a whole answer keeps what the upstream said beyond the router’s own fields', () => {
  const completion = {
    id: 'theirs',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    service_tier: 'default',
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        logprobs: null,
        message: { role: 'assistant', content: 'a', refusal: null, reasoning: 'hm' },
      },
    ],
    usage: null,
  } as ChatCompletion;
  const shown = JSON.parse(encodeCompletion(completion, { ...head, auto: false }, bill, true));
  expect(shown).toMatchObject({ ...shownHead, service_tier: 'default', cost: '0.000042', usage: { total_tokens: 15 } });
  expect(shown.choices[0].message).toMatchObject({ reasoning: 'hm', reasoning_content: 'hm' });
  expect(encodeCompletion(completion, { ...head, auto: false }, bill, false)).not.toContain('hm');
});

test('a whole answer of a model that the router chose says so', () => {
  const completion = { choices: [] } as unknown as ChatCompletion;
  const shown = (auto: boolean) => JSON.parse(encodeCompletion(completion, { ...head, auto }, bill, true));
  expect(shown(true)).toMatchObject({ x_auto_routed: true, x_resolved_model_id: 'acme/large' });
  expect(shown(false)).not.toHaveProperty('x_auto_routed');
});

test.each([
  ['the upstream’s own', 'fp_theirs', 'fp_theirs'],
  ['the catalogue’s where that is null', null, 'fp_ours'],
  ['the catalogue’s where there is none', undefined, 'fp_ours'],
])('the fingerprint of a whole answer is %s', (_whose, system_fingerprint, told) => {
  const completion = { choices: [], system_fingerprint } as unknown as ChatCompletion;
  const shown = JSON.parse(encodeCompletion(completion, { ...head, auto: false }, bill, true));
  expect(shown).toMatchObject({ provider: 'acme', system_fingerprint: told });
});
