import { expect, test } from '@jest/globals';
import type { Context } from './context.ts';
import { showTable } from './show-table.ts';

test('on a narrow terminal texts are cut, never a number', () => {
  let out = '';
  const write = (text: string) => {
    out += text;
  };
  const context = { columns: 24, env: { NO_COLOR: '1' }, write } as unknown as Context;
  const row = { name: 'a long name of an owner', balance: '12345.678901' };
  showTable<typeof row>(
    context,
    [
      { title: 'Name', of: ({ name }) => name },
      { title: 'Balance', of: ({ balance }) => balance, align: 'right' },
    ],
    [row],
  );
  expect(out.split('\n').slice(1)).toEqual(['a long na…  12345.678901', '']);
});
