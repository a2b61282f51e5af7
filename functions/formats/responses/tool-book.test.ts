import { describe, expect, test } from '@jest/globals';
import type { PublicTool } from './responses-request.ts';
import { ToolBook } from './tool-book.ts';

const fn = (name: string): PublicTool => ({ type: 'function', name });
const book = (...tools: PublicTool[]) => new ToolBook(tools, 'tools');
const inNamespace = (namespace: string, name: string): PublicTool => ({
  type: 'namespace',
  name: namespace,
  tools: [{ type: 'function', name }],
});

describe('the tools of a request', () => {
  test('are functions by names of their own, and known again by them', () => {
    const tools = book(fn('a'), { type: 'custom', name: 'b' }, inNamespace('n', 'a'));
    expect(tools.functions.map((tool) => tool.function.name)).toEqual(['a', 'b', 'n__a']);
    expect(tools.named('n__a')).toEqual({ kind: 'function', name: 'a', namespace: 'n' });
    expect(tools.named('b')).toEqual({ kind: 'custom', name: 'b', namespace: null });
    expect(tools.flat('a', 'n')).toBe('n__a');
  });

  test('keep apart what would have one name', () => {
    const tools = book(fn('n__a'), inNamespace('n', 'a'));
    const [first, second] = tools.functions.map((tool) => tool.function.name);
    expect(first).toBe('n__a');
    expect(second).not.toBe('n__a');
    expect(tools.named(second ?? '')).toEqual({ kind: 'function', name: 'a', namespace: 'n' });
    expect(tools.flat('a', 'n')).toBe(second);
  });

  test('are one where they come again with what was found later', () => {
    const tools = book(fn('a'), inNamespace('n', 'b'), inNamespace('n', 'b'), fn('a'));
    expect(tools.functions.map((tool) => tool.function.name)).toEqual(['a', 'n__b']);
  });

  test('leave out what works at a provider, and tell the types', () => {
    const tools = book(
      fn('a'),
      { type: 'web_search' },
      { type: 'web_search_preview_2025_03_11' },
      { type: 'local_shell' },
    );
    expect(tools.functions).toHaveLength(1);
    expect(tools.droppedEverywhere).toEqual(['web_search', 'web_search_preview_2025_03_11']);
    expect(tools.droppedElsewhere).toEqual(['local_shell']);
  });

  test('have a shell where it is the client’s own, and not where a provider runs it', () => {
    expect(book({ type: 'shell', environment: { type: 'local' } }).droppedElsewhere).toEqual(['shell']);
    for (const environment of [undefined, null, { type: 'container_auto' }, { type: 'container_reference' }]) {
      expect(() => book({ type: 'shell', environment })).toThrow(expect.objectContaining({ param: 'tools.0.type' }));
    }
  });

  test('refuse what would be billed and is no default of any client', () => {
    expect(() => book(fn('a'), { type: 'code_interpreter' })).toThrow(
      expect.objectContaining({ param: 'tools.1.type' }),
    );
  });
});

describe('a choice among them', () => {
  const tools = book(fn('a'), { type: 'custom', name: 'b' }, inNamespace('n', 'c'));
  test.each([
    [{ type: 'function', name: 'a' }, 'a'],
    [{ type: 'custom', name: 'b' }, 'b'],
    [{ type: 'function', name: 'c', namespace: 'n' }, 'n__c'],
  ])('%j', (choice, name) => {
    expect(tools.choose(choice).tool_choice).toEqual({ type: 'function', function: { name } });
  });

  test('of some leaves only these', () => {
    const { tool_choice, tools: left } = tools.choose({
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'custom', name: 'b' }],
    });
    expect([tool_choice, left.map((tool) => tool.function.name)]).toEqual(['required', ['b']]);
  });

  test.each([
    [{ type: 'function', name: 'z' }],
    [{ type: 'web_search' }],
    [{ type: 'allowed_tools', mode: 'required', tools: [{ type: 'web_search' }] }],
    [{ type: 'allowed_tools', mode: 'any', tools: [] }],
  ])('that cannot be made is refused: %j', (choice) => {
    expect(() => tools.choose(choice)).toThrow(expect.objectContaining({ param: 'tool_choice' }));
  });
});
