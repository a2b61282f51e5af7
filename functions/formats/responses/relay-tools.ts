import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { withoutNulls } from '../chat/without-nulls.ts';
import type { Tool } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';
import type { ResponsesRequest } from './parse-request.ts';
import { type CustomTool, type FunctionTool, isServedTool, type PublicTool } from './responses-request.ts';
import { toTools } from './to-tools.ts';
import { isOfProviders } from './tool-uses.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The tools of a relay: the caller's own, without those that work at the provider, and to nobody but OpenAI those that only OpenAI
 * knows. Schemas are fitted to what the endpoint takes, as everywhere.
 */
export class RelayTools {
  readonly #passes: boolean;
  /** Functions as the endpoint takes them, by the names that the pivot has for them. */
  readonly #fitted: ReadonlyMap<string, Fields>;
  readonly #names: ResponsesRequest['tools'];

  constructor({ pivot, tools: book }: Pick<ResponsesRequest, 'pivot' | 'tools'>, endpoint: Endpoint) {
    const chat = { ...pivot.chat, tools: [...book.functions] as Tool[], tool_choice: null };
    const fitted = (toTools(chat, endpoint).tools ?? []) as unknown as readonly (Fields & { name: string })[];
    this.#passes = endpoint.request.unknown === 'pass';
    this.#fitted = new Map(fitted.map((tool) => [tool.name, tool]));
    this.#names = book;
  }

  of(tools: readonly PublicTool[]): Fields[] {
    return tools.flatMap((tool): Fields[] => {
      if (!isServedTool(tool)) return this.#passes && !isOfProviders(tool) ? [tool] : [];
      if (tool.type === 'function') return [this.#fit(tool, null)];
      if (!this.#passes) return [];
      if (tool.type === 'custom') return [this.#fit(tool, null)];
      return [{ ...withoutNulls(tool), tools: tool.tools.map((inner) => this.#fit(inner, tool.name)) }];
    });
  }

  /**
   * A choice is for tools; without any the API refuses it, but for one that is forced, which may be of a tool that comes later. Of
   * those that it allows the ones are left that go there; where none is left, none may be called.
   */
  choice(choice: unknown, tools: readonly Fields[]): Fields {
    if (choice === undefined) return {};
    if (tools.length === 0 && (choice === 'auto' || choice === 'none')) return {};
    if (!isRecord(choice) || !Array.isArray(choice.tools)) return { tool_choice: choice };
    const allowed = choice.tools.filter((each) => isRecord(each) && !isOfProviders(each as PublicTool));
    if (allowed.length > 0) return { tool_choice: { ...choice, tools: allowed } };
    return tools.length === 0 ? {} : { tool_choice: 'none' };
  }

  #fit(tool: FunctionTool | CustomTool, namespace: string | null): Fields {
    if (tool.type === 'custom') return withoutNulls(tool);
    const { description, parameters } = this.#fitted.get(this.#names.flat(tool.name, namespace)) ?? {};
    return { ...withoutNulls(tool), ...(description ? { description } : {}), parameters };
  }
}
