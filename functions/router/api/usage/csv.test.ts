import { describe, expect, test } from '@jest/globals';
import { type Cell, toCsvLine } from './csv.ts';

describe('a line of CSV', () => {
  test.each<[string, Cell[], string]>([
    ['plain cells', ['a', 1, null], 'a,1,\r\n'],
    [
      'quotes, commas and line breaks',
      ['say "hi"', 'a,b', 'two\nlines', 'x\r'],
      '"say ""hi""","a,b","two\nlines","x\r"\r\n',
    ],
    ['text in other scripts', ['नमस्ते', '👍'], 'नमस्ते,👍\r\n'],
    [
      'amounts, also negative ones, which stay numbers',
      ['-1.5', '0.000000001', -3, '-0'],
      '-1.5,0.000000001,-3,-0\r\n',
    ],
    ['formulas', ['=1+1', '+x', '-cmd', '@x', '-1+2', '--1'], "'=1+1,'+x,'-cmd,'@x,'-1+2,'--1\r\n"],
    ['formulas in wide letters', ['＝1+1', '＋x', '－cmd', '＠x'], "'＝1+1,'＋x,'－cmd,'＠x\r\n"],
    ['formulas behind white space', ['\t=1', '\r=1', '\n=1'], `'\t=1,"'\r=1","'\n=1"\r\n`],
    ['a formula that would also break the line', ['=HYPERLINK("x","y")'], '"\'=HYPERLINK(""x"",""y"")"\r\n'],
    ['what only looks like a number', ['+1', '-1e5', '-', '=1'], "'+1,'-1e5,'-,'=1\r\n"],
  ])('%s', (_what, cells, line) => {
    expect(toCsvLine(cells)).toBe(line);
  });
});
