import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import type { Documents } from '../store/documents.ts';
import { createFigureBoard, type FigureBoard } from './figure-board.ts';
import { HALF_LIFE_MS } from './figures.ts';

const endpoint = { id: 'acme/large', region: null, expected: { firstTokenMs: 500, tokensPerSecond: 50 } };
const sample = { firstTokenMs: 400, totalMs: 900, outputTokens: 20 };

let documents: Documents;
let time: number;
beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  time = 1_000_000;
});
afterEach(() => documents.close());

function board(): FigureBoard {
  const options = { documents, region: 'asia-south1', now: () => time, random: () => 0.5 };
  return createFigureBoard({
    ...options,
    onTrouble: (error) => {
      throw error;
    },
  });
}

test('what others have seen of an endpoint is known apart from what was seen here', async () => {
  const [a, b] = [board(), board()];
  for (let n = 0; n < 8; n++) a.succeeded(endpoint, sample);
  for (let n = 0; n < 4; n++) b.failed(endpoint);
  expect(b.elsewhere(endpoint.id)).toEqual({ all: 0, failed: 0 });
  await a.share();
  await b.share();
  await a.share();
  expect(a.outcomes(endpoint.id)).toEqual({ all: 12, failed: 4 });
  expect(a.elsewhere(endpoint.id)).toEqual({ all: 4, failed: 4 });
  expect(b.elsewhere(endpoint.id)).toEqual({ all: 8, failed: 0 });
  time += HALF_LIFE_MS;
  b.failed(endpoint);
  expect(b.outcomes(endpoint.id)).toEqual({ all: 7, failed: 3 });
  expect(b.elsewhere(endpoint.id)).toEqual({ all: 4, failed: 0 });
  // A breaker has opened or closed: what was before says nothing.
  b.restart(endpoint.id, time);
  expect(b.elsewhere(endpoint.id)).toEqual({ all: 0, failed: 0 });
});
