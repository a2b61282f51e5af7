import { applyEdits, findNodeAtLocation, getNodeValue, modify, type ParseError, parseTree } from 'jsonc-parser';
import type { Setting, SettingsText } from './setting.ts';

const INDENT = 2;

/** JSON, with comments where a tool takes them. */
export const jsonText: SettingsText = { read, edit };

function read(text: string, path: readonly string[]): unknown {
  const root = parse(text);
  const found = findNodeAtLocation(root, [...path]);
  return found === undefined ? undefined : getNodeValue(found);
}

function edit(text: string, { path, value }: Setting): string {
  const whole = text.trim() === '' ? '{}\n' : text;
  parse(whole);
  const formattingOptions = { insertSpaces: true, tabSize: INDENT, eol: whole.includes('\r\n') ? '\r\n' : '\n' };
  return applyEdits(whole, modify(whole, [...path], value, { formattingOptions }));
}

function parse(text: string) {
  const errors: ParseError[] = [];
  const root = parseTree(text.trim() === '' ? '{}' : text, errors, { allowTrailingComma: true });
  if (root?.type !== 'object' || errors.length > 0) throw new Error('it is no JSON object');
  return root;
}
