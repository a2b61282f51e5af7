import { expect, test } from '@jest/globals';
import { atOnce } from '../../../../test/support/at-once.ts';
import { makeEndpoint } from '../../../../test/support/make-endpoint.ts';
import { sealOf } from '../../../../test/support/seal-of.ts';
import { boundInputTokens } from '../../../core/routing/quote.ts';
import { parseGenerateRequest } from '../../../formats/gemini/parse-request.ts';
import { toSignature } from '../../../formats/gemini/thought-seals.ts';
import type { Key } from '../../access/key-cache.ts';
import { generateNeeds } from './generate-needs.ts';

const key = { routing: {}, allowedRegions: null } as unknown as Key;
const endpoint = makeEndpoint({ format: 'gemini', contextLength: 200_000 });

test('a thought that was compressed when it was sealed is held for as long as it will be read', async () => {
  const seal = sealOf('own_a');
  const thought = { type: 'reasoning.text', text: 'a'.repeat(100_000), format: 'acme', index: 0 } as const;
  const thoughtSignature = toSignature([thought], seal);
  expect(String(thoughtSignature).length).toBeLessThan(2_000);
  const contents = [
    { role: 'user', parts: [{ text: 'Hi' }] },
    { role: 'model', parts: [{ text: '', thoughtSignature }] },
    { role: 'user', parts: [{ text: 'And?' }] },
  ];
  const request = atOnce(parseGenerateRequest({ contents }, { model: 'm', stream: false }));
  const { input } = await generateNeeds(request, key, seal);
  expect(boundInputTokens(input, endpoint)).toBeGreaterThan(100_000);
});
