import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { handFiles } from '../../functions/catalogue/builtin.ts';
import { parseCatalogueFile } from '../../functions/catalogue/catalogue-file.ts';
import { describeChanges } from './describe-changes.ts';
import { compareHandHeld } from './hand-held.ts';
import { makeListedFile } from './make-listed-file.ts';

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const list = read('listed-models.json');
const written = read('../../functions/catalogue/data/listed.json');
const day = /as in force on (\S+),/.exec(written.source)?.[1] ?? '';

describe('the list of models', () => {
  test('is what its sources make of it: nobody has changed it by hand', () => {
    expect(written).toEqual(JSON.parse(JSON.stringify(makeListedFile(list, handFiles, day).file)));
  });

  test('leaves nothing out without a reason, and takes nothing twice', () => {
    const { built } = makeListedFile(list, handFiles, day);
    const left = [...built.leftOut.values()].flat();
    const served = Object.values(built.models).flatMap(({ endpoints = [] }) => endpoints);
    expect(left.length + served.length).toBe(list.models.length);
    expect([...built.leftOut.keys()].filter((reason) => reason.length < 5)).toEqual([]);
  });

  test('and its sources say nothing else of what is held by hand, but where that is known', () => {
    const named = compareHandHeld(handFiles, list.models, day).map((line) => line.split(':')[0]);
    expect(named).toEqual([
      // A tier beyond what the model reads: it is never charged.
      'anthropic/claude-sonnet-4.5 at anthropic/claude-sonnet-4-5',
      'anthropic/claude-sonnet-4.5 at bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1',
      // Embeddings write no token.
      'mistralai/mistral-embed at mistral/mistral-embed',
    ]);
  });
});

describe('the difference', () => {
  const file = (price: object, more: object = {}) =>
    parseCatalogueFile({ models: { 'a/b': { endpoints: [{ provider: 'p', model: 'm', price, ...more }] } } });
  const old = file({ input: '1', output: '2' });

  test('is nothing between the same', () => expect(describeChanges(old, old)).toEqual([]));

  test('names what comes and what goes', () => {
    expect(describeChanges({}, old)).toEqual(['+ a/b at p/m: input 1, output 2']);
    expect(describeChanges(old, {})).toEqual(['- a/b at p/m']);
  });

  test('names a price that changes, from old to new, with its day', () => {
    const dated = [
      { input: '1', output: '2' },
      { input: '3', output: '2', from: '2027-01-01' },
    ];
    expect(describeChanges(old, file(dated))).toEqual([
      '~ a/b at p/m: input 1, output 2 → input 1, output 2; input 3, output 2 | from 2027-01-01',
    ]);
  });

  test('names the day of a retirement, and any other change', () => {
    expect(describeChanges(old, file({ input: '1', output: '2' }, { retires_at: '2027-01-01' }))).toEqual([
      '~ a/b at p/m: retires never → 2027-01-01',
    ]);
    expect(describeChanges(old, file({ input: '1', output: '2' }, { capabilities: ['tools'] }))).toEqual([
      '~ a/b at p/m: served in another way',
    ]);
  });
});
