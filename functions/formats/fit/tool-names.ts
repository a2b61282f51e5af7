import { hash } from 'node:crypto';
import { type TextRule, takesText } from '../../core/endpoints/request-rules.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';

/** The part of a request that names tools. */
type Naming = Pick<ChatRequest, 'messages' | 'tools' | 'tool_choice'>;

const HASH_LENGTH = 8;

/**
 * Names of tools as an upstream takes them, and back: clients of MCP have dots and more in theirs. A name stays where it can;
 * in another what is not taken becomes "_", with a part of a hash where that is the name of another tool.
 */
export class ToolNames {
  readonly #fitted = new Map<string, string>();
  readonly #original = new Map<string, string>();

  constructor(chat: Naming, rule: TextRule) {
    const names = namesIn(chat);
    if (names.every((name) => takesText(name, rule))) return;
    const taken = new Set(names);
    for (const name of names) {
      if (takesText(name, rule) || this.#fitted.has(name)) continue;
      const fitted = fitName(name, rule, taken);
      taken.add(fitted);
      this.#fitted.set(name, fitted);
      this.#original.set(fitted, name);
    }
  }

  /** Whether all names stay as they are. */
  get same(): boolean {
    return this.#fitted.size === 0;
  }

  /** As the upstream calls it. */
  fit(name: string): string {
    return this.#fitted.get(name) ?? name;
  }

  /** As the caller calls it. */
  restore(name: string): string {
    return this.#original.get(name) ?? name;
  }
}

function namesIn({ messages, tools, tool_choice }: Naming): string[] {
  const names: string[] = [];
  for (const tool of tools ?? []) names.push(tool.function.name);
  if (typeof tool_choice === 'object' && tool_choice !== null) names.push(tool_choice.function.name);
  for (const message of messages) {
    if (message.role !== 'assistant') continue;
    for (const call of message.tool_calls ?? []) names.push(call.function.name);
  }
  return names;
}

function fitName(name: string, rule: TextRule, taken: ReadonlySet<string>): string {
  const max = rule.max ?? name.length;
  const plain = name.replace(/[^a-zA-Z0-9_-]/g, '_');
  const short = plain.slice(0, max);
  if (takesText(short, rule) && !taken.has(short)) return short;
  const begin = takesText(short, rule) ? plain : `tool_${plain}`;
  return `${begin.slice(0, max - HASH_LENGTH - 1)}_${hash('sha256', name, 'hex').slice(0, HASH_LENGTH)}`;
}
