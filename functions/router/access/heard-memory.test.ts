import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Fields } from '../../core/store/documents.ts';
import { createHeardMemory, type HeardMemory, MAX_UNHEARD_AGE_MS } from './heard-memory.ts';

interface Thing {
  owner: string;
  text: string;
}

let time: number;
let hearing: boolean;
let tell: (change: Fields) => void;
let miss: () => void;
let reads: string[];
let memory: HeardMemory<Thing>;

beforeEach(() => {
  time = 0;
  hearing = true;
  reads = [];
  memory = open();
});

function open({ most = 3, absentMs = 1_000 } = {}): HeardMemory<Thing> {
  return createHeardMemory<Thing>({
    clock: { monotonic: () => time },
    changes: {
      hearing: () => hearing,
      subscribe(onChange, onMissed) {
        tell = onChange;
        miss = onMissed;
      },
    },
    most,
    absentMs,
    concerned: ({ owner }) => (owner === undefined ? null : (thing) => thing.owner === owner),
  });
}

async function find(name: string, meanwhile = () => {}): Promise<Thing | null> {
  const known = memory.peek(name);
  if (known !== undefined) return known;
  return memory.read(name, async () => {
    reads.push(name);
    meanwhile();
    return name.startsWith('no') ? null : { owner: name.slice(0, 1), text: name };
  });
}

describe('what was read', () => {
  test('is read once, and again when a change of it was heard, and of it alone', async () => {
    for (const name of ['a1', 'b1', 'a1', 'b1']) expect((await find(name))?.text).toBe(name);
    tell({ owner: 'a' });
    tell({ act: 'of nothing' });
    for (const name of ['a1', 'b1']) await find(name);
    expect(reads).toEqual(['a1', 'b1', 'a1']);
  });

  test('is not kept where a change of it was heard while it was read', async () => {
    await find('a1', () => tell({ owner: 'a' }));
    await find('a1', () => tell({ act: 'of nothing' }));
    await find('a1');
    expect(reads).toEqual(['a1', 'a1']);
  });

  test('is all read again where changes may have been missed, and after some time in which none can be heard', async () => {
    await find('a1');
    miss();
    await find('a1');
    hearing = false;
    time = MAX_UNHEARD_AGE_MS - 1;
    await find('a1');
    expect(reads).toHaveLength(2);
    time++;
    await find('a1');
    expect(reads).toHaveLength(3);
  });

  test('makes room for more by what was used longest ago', async () => {
    for (const name of ['a1', 'b1', 'c1', 'a1', 'd1', 'a1', 'b1']) await find(name);
    expect(reads).toEqual(['a1', 'b1', 'c1', 'd1', 'b1']);
  });
});

describe('that there is nothing', () => {
  test('is remembered for its time, and until any change is heard', async () => {
    expect(await find('no')).toBeNull();
    expect(await find('no')).toBeNull();
    time = 1_000;
    await find('no');
    tell({ owner: 'z' });
    await find('no');
    expect(reads).toHaveLength(3);
  });

  test('takes no room from what there is', async () => {
    await find('a1');
    for (let n = 0; n < 100; n++) await find(`no${n}`);
    await find('a1');
    expect(reads.filter((name) => name === 'a1')).toHaveLength(1);
  });

  test('is not remembered where that is not wanted', async () => {
    memory = open({ absentMs: 0 });
    await find('no');
    await find('no');
    expect(reads).toHaveLength(2);
  });
});
