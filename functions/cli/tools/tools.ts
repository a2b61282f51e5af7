import { aider } from './aider.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { gemini } from './gemini.ts';
import { opencode } from './opencode.ts';
import type { Tool } from './tool.ts';

const tools = [claude, codex, gemini, opencode, aider];
export const toolNames = tools.map(({ name }) => name);

/** Throws a `RangeError` for a name that is none of `toolNames`. */
export function toolNamed(name: string): Tool {
  const tool = tools.find((each) => each.name === name);
  if (tool === undefined) throw new RangeError(`There is no tool ${name}.`);
  return tool;
}
