import { expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { noUsage } from '../../core/money/usage.ts';
import { encodeEmbeddings } from './encode-response.ts';
import { writeVector } from './write-vector.ts';

const head = { id: 'req_1', created: 7, model: 'acme/vectors', auto: false, provider: 'acme', fingerprint: 'fp' };
const bill = { usage: { ...noUsage, input: 3 }, usd: '0.000003', mesh: { request_id: 'req_1' } };

test('an answer is OpenAI’s, with what it cost', () => {
  expect(JSON.parse(encodeEmbeddings(['[1,2]', '"AAAA"'], head, bill))).toEqual({
    object: 'list',
    data: [
      { object: 'embedding', index: 0, embedding: [1, 2] },
      { object: 'embedding', index: 1, embedding: 'AAAA' },
    ],
    model: 'acme/vectors',
    id: 'req_1',
    provider: 'acme',
    usage: { prompt_tokens: 3, total_tokens: 3, cost: 0.000003 },
    cost: '0.000003',
    mesh: { request_id: 'req_1' },
  });
});

test('numbers keep all their digits, and in base64 32 bits of each', () => {
  const numbers = fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e30, max: 1e30 });
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 1 }), (vector) => {
      expect(JSON.parse(writeVector.float(vector))).toEqual(vector.map((each) => each + 0));
      const bytes = Buffer.from(JSON.parse(writeVector.base64(vector)), 'base64');
      expect(vector.map((_, at) => bytes.readFloatLE(4 * at))).toEqual(vector.map(Math.fround));
      expect(JSON.parse(writeVector.float(Float32Array.from(vector)))).toEqual(
        vector.map((each) => Math.fround(each) + 0),
      );
    }),
  );
});
