import { expect, test } from '@jest/globals';
import { copyUnits, UNITS, units } from './text-units.ts';

test('all units of a text come, in their order, however long it is and whatever is cut', () => {
  for (const text of ['', 'a', 'é😀'.repeat(15), 'é😀'.repeat(16), 'x'.repeat(UNITS), `${'😀'.repeat(UNITS)}!`]) {
    const seen: string[] = [];
    for (let from = 0; from < text.length; from += UNITS) {
      const length = copyUnits(text, from);
      seen.push(String.fromCharCode(...units.subarray(0, length)));
    }
    expect(seen.join('') === text).toBe(true);
  }
});
