import { hash } from 'node:crypto';
import type { Tool, ToolChoice } from '../pivot/chat-request.ts';
import { toFunctionOfText } from '../shared/custom-tools.ts';
import { isRecord } from '../shared/is-record.ts';
import { invalid } from '../shared/refusals.ts';
import { textOf } from '../shared/text-of.ts';
import type { CustomTool, FunctionTool, PublicTool } from './responses-request.ts';
import { isServedTool } from './responses-request.ts';
import { usesOf } from './tool-uses.ts';

/** A tool as its caller knows it. */
export interface ToolName {
  kind: 'function' | 'custom';
  name: string;
  namespace: string | null;
}

/** What joins the name of a namespace and the name of a tool in it, where a model knows no namespaces. */
const JOINT = '__';
const HASH_LENGTH = 8;

/**
 * The tools of a request, as any model can be given them: functions. A custom tool is a function of one text, a tool of a
 * namespace has the name of that before its own, and what each was is remembered, so that calls come back as its caller knows them.
 * Tools that work at a provider, or that only some clients and models know, are no functions; `dropped` names their types.
 */
export class ToolBook {
  /** For the pivot. */
  readonly functions: readonly Tool[];
  /** Types of tools that go to no endpoint, each once. */
  readonly droppedEverywhere: readonly string[];
  /** Types of those that go to OpenAI alone, since the client itself does what they ask for. */
  readonly droppedElsewhere: readonly string[];
  /** Whether there are tools that only OpenAI knows as they are. */
  readonly isNative: boolean;
  readonly #names = new Map<string, ToolName>();
  readonly #flat = new Map<string, string>();

  /** `tools` in order; throws `invalid_request_error` for a type that would cost, or that nobody knows. `param` is their path. */
  constructor(tools: readonly PublicTool[], param: string) {
    const functions: Tool[] = [];
    const everywhere = new Set<string>();
    const elsewhere = new Set<string>();
    for (const [at, tool] of tools.entries()) {
      if (!isServedTool(tool)) {
        (usesOf(tool, `${param}.${at}`) === 'client' ? elsewhere : everywhere).add(tool.type);
      } else if (tool.type === 'namespace') {
        for (const inner of tool.tools) functions.push(...this.#add(inner, tool.name));
      } else {
        functions.push(...this.#add(tool, null));
      }
    }
    this.functions = functions;
    this.droppedEverywhere = [...everywhere];
    this.droppedElsewhere = [...elsewhere];
    this.isNative = elsewhere.size > 0 || tools.some(({ type }) => type === 'custom' || type === 'namespace');
  }

  /** The name that models know a tool by; of one that is not in the book, the same as if it were. */
  flat(name: string, namespace: string | null): string {
    return this.#flat.get(keyOf(name, namespace)) ?? flatName(name, namespace);
  }

  /** The tools that any model can be given, as their caller names them. */
  names(): Iterable<ToolName> {
    return this.#names.values();
  }

  /** What a model's name for a tool stands for. */
  named(flat: string): ToolName {
    return this.#names.get(flat) ?? { kind: 'function', name: flat, namespace: null };
  }

  /** The choice of a tool in the pivot's words, and the tools that are left of all. `choice` has been through the schema. */
  choose(choice: unknown): { tool_choice?: ToolChoice; tools: readonly Tool[] } {
    const tools = this.functions;
    if (choice === null || choice === undefined) return { tools };
    if (choice === 'required' && tools.length === 0 && this.droppedElsewhere.length === 0) throw notServed();
    if (!isRecord(choice)) return { tool_choice: choice as ToolChoice, tools };
    if (choice.type === 'allowed_tools') return this.#allowed(choice);
    const name = this.#chosen(choice);
    if (name === null) throw notServed();
    return { tool_choice: { type: 'function', function: { name } }, tools };
  }

  #allowed({ mode, tools: allowed }: Readonly<Record<string, unknown>>): { tool_choice: ToolChoice; tools: Tool[] } {
    if ((mode !== 'auto' && mode !== 'required') || !Array.isArray(allowed)) {
      throw invalid('tool_choice', 'tool_choice allows tools by `mode`, `auto` or `required`, and `tools`.');
    }
    const names = new Set(allowed.map((each: unknown) => (isRecord(each) ? this.#chosen(each) : null)));
    const tools = this.functions.filter(({ function: { name } }) => names.has(name));
    if (mode === 'required' && (tools.length < names.size || tools.length === 0)) throw notServed();
    return { tool_choice: mode, tools };
  }

  /** The flat name of a tool that a choice names; null where it is none that models are given. */
  #chosen({ type, name, namespace }: Readonly<Record<string, unknown>>): string | null {
    if (type !== 'function' && type !== 'custom') return null;
    const flat = this.flat(textOf(name), textOf(namespace) || null);
    return this.#names.has(flat) ? flat : null;
  }

  /** None where the same tool is there already: what was found once is sent again with what comes later. */
  #add(tool: FunctionTool | CustomTool, namespace: string | null): Tool[] {
    const key = keyOf(tool.name, namespace);
    if (this.#flat.has(key)) return [];
    const plain = flatName(tool.name, namespace);
    // Another tool may have that very name.
    const flat = this.#names.has(plain) ? `${plain}_${hash('sha256', plain, 'hex').slice(0, HASH_LENGTH)}` : plain;
    this.#names.set(flat, { kind: tool.type, name: tool.name, namespace });
    this.#flat.set(key, flat);
    if (tool.type === 'custom') return [{ type: 'function', function: toFunctionOfText({ ...tool, name: flat }) }];
    const { description, parameters, strict } = tool;
    return [{ type: 'function', function: { name: flat, description, parameters, strict } }];
  }
}

function flatName(name: string, namespace: string | null): string {
  return namespace === null ? name : `${namespace}${JOINT}${name}`;
}

function keyOf(name: string, namespace: string | null): string {
  return JSON.stringify([namespace, name]);
}

function notServed() {
  return invalid(
    'tool_choice',
    'tool_choice asks for a tool that is not among `tools`, or whose type is not served here.',
  );
}
