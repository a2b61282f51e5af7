import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';
import { AnswerParts } from './answer-parts.ts';
import { parseGenerateRequest } from './parse-request.ts';
import { isSealed, openThoughts, toSignature } from './thought-seals.ts';

const claude = 'anthropic-claude-v1';
const thought: ReasoningDetail = {
  type: 'reasoning.text',
  text: 'Hm, I see.',
  signature: 'sig',
  format: claude,
  index: 0,
};
const call = (index: number) => ({
  tool_calls: [{ index, id: `c${index}`, function: { name: 'a', arguments: '{}' } }],
});

/** The details of an answer that came back, as an endpoint of this issuer gets them. */
function returned(parts: readonly object[], issuer = claude, owner = 'a'): ReasoningDetail[] {
  const contents = [
    { role: 'user', parts: [{ text: 'Look' }] },
    { role: 'model', parts },
  ];
  const { chat } = atOnce(parseGenerateRequest({ contents }, { model: 'm', stream: false }));
  const message = openThoughts(chat, issuer, sealOf(owner)).messages[1];
  return message?.role === 'assistant' ? (message.reasoning_details ?? []) : [];
}

function answered(shows: boolean, ...deltas: Parameters<AnswerParts['add']>[0][]) {
  const parts = new AnswerParts(shows, sealOf('a'));
  return [...deltas.flatMap((delta) => parts.add(delta)), ...parts.end(false)];
}

describe.each([true, false])('a thought of another model (shown: %s)', (shows) => {
  const parts = answered(shows, { reasoning_details: [thought] }, { content: 'I look.' }, call(0), call(1));

  test('is carried by the call that follows it', () => {
    expect(parts.filter((part) => part.thought === true)).toEqual(shows ? [{ text: 'Hm, I see.', thought: true }] : []);
    const signed = parts.filter(({ thoughtSignature }) => thoughtSignature !== undefined);
    expect(signed.map(({ functionCall }) => functionCall)).toEqual([{ id: 'c0', name: 'a', args: {} }]);
    expect(JSON.stringify(signed)).not.toMatch(/Hm, I see|"sig"/);
  });

  test('comes back whole, also from a client that drops what was only shown', () =>
    expect(returned(parts.filter((part) => part.thought !== true))).toEqual([thought]));

  test('opens for its issuer alone, and for its owner', () => {
    expect(returned(parts, 'google-gemini-v1')).toEqual([]);
    expect(returned(parts, claude, 'b')).toEqual([]);
  });

  test('comes back from a client that decodes bytes and writes them in the other alphabet', () => {
    const written = parts.map(({ thoughtSignature, ...part }) =>
      typeof thoughtSignature === 'string'
        ? { ...part, thoughtSignature: Buffer.from(thoughtSignature, 'base64').toString('base64url') }
        : part,
    );
    expect(returned(written)).toEqual([thought]);
  });
});

test('a thought in pieces is one', () => {
  const pieces: ReasoningDetail[] = [
    { type: 'reasoning.text', text: 'Hm, ', format: claude, index: 0 },
    { type: 'reasoning.text', text: 'I see.', format: claude, index: 0 },
    { type: 'reasoning.text', signature: 'sig', format: claude, index: 0 },
  ];
  const parts = answered(true, ...pieces.map((piece) => ({ reasoning_details: [piece] })), call(0));
  expect(returned(parts)).toEqual([thought]);
});

test('an answer without calls carries it at its end, on a text that is empty', () => {
  const parts = answered(false, { reasoning_details: [thought] }, { content: 'Hello' });
  expect(parts).toEqual([{ text: 'Hello' }, { text: '', thoughtSignature: expect.any(String) }]);
  expect(returned(parts)).toEqual([thought]);
});

test('what nobody signed is kept for whoever wants texts back', () => {
  const parts = answered(false, { reasoning: 'Hm' }, call(0));
  expect(returned(parts, 'unknown')).toMatchObject([{ type: 'reasoning.text', text: 'Hm' }]);
});

test('a signature of Google’s is nobody’s to seal', () => {
  const detail: ReasoningDetail = { type: 'reasoning.encrypted', data: 'AbC=', format: 'google-gemini-v1', index: 0 };
  expect(toSignature([detail], sealOf('a'))).toBe('AbC=');
  expect(isSealed('AbC=')).toBe(false);
  const parts = [{ functionCall: { name: 'a' }, thoughtSignature: 'AbC=' }];
  expect(returned(parts, 'google-gemini-v1')).toMatchObject([{ data: 'AbC=', format: 'google-gemini-v1', index: 0 }]);
});

test('a seal that is damaged is no thought, and no mistake', () => {
  const [part] = answered(false, { reasoning_details: [thought] }, call(0));
  const damaged = `${String(part?.thoughtSignature).slice(0, -12)}AAAAAAAAAAAA`;
  expect(isSealed(damaged)).toBe(true);
  expect(returned([{ ...part, thoughtSignature: damaged }])).toEqual([]);
});

test('half of a call is nobody’s to run', () => {
  const parts = new AnswerParts(true, sealOf('a'));
  parts.add({ tool_calls: [{ index: 0, id: 'c', function: { name: 'a', arguments: '{"at":' } }] });
  parts.add({ tool_calls: [{ index: 1, id: 'd', function: { name: 'b', arguments: '{"at":1}' } }] });
  expect(parts.end(true)).toEqual([{ functionCall: { id: 'd', name: 'b', args: { at: 1 } } }]);
});
