import { fromCustomArguments } from './custom-tools.ts';
import { type Emit, type ItemPlace, type ItemStatus, itemId, type OpenItem } from './open-item.ts';
import type { ToolName } from './tool-book.ts';

/** A call of a function; or of a custom tool, whose input is known only when all of its arguments are. */
export class OpenCall implements OpenItem {
  readonly index: number;
  readonly #id: string;
  readonly #callId: string;
  readonly #tool: ToolName;
  readonly #emit: Emit;
  #args = '';

  constructor(place: ItemPlace, callId: string, tool: ToolName, emit: Emit) {
    this.index = place.index;
    this.#id = itemId(tool.kind === 'custom' ? 'ctc' : 'fc', place);
    this.#callId = callId;
    this.#tool = tool;
    this.#emit = (type, fields) => emit(type, { item_id: this.#id, ...fields });
  }

  begun() {
    return this.#tool.kind === 'custom'
      ? { ...this.#head('custom_tool_call'), input: '' }
      : { ...this.#head('function_call'), arguments: '', status: 'in_progress' };
  }

  add(delta: string): void {
    if (delta === '') return;
    this.#args += delta;
    if (this.#tool.kind === 'function') this.#emit('response.function_call_arguments.delta', { delta });
  }

  end(status: ItemStatus) {
    const item = this.#tool.kind === 'custom' ? this.#endCustom(status) : this.#endFunction(status);
    return { shown: item, carried: item };
  }

  #endFunction(status: ItemStatus) {
    const args = this.#args === '' ? '{}' : this.#args;
    this.#emit('response.function_call_arguments.done', { name: this.#tool.name, arguments: args });
    return { ...this.#head('function_call'), arguments: args, status };
  }

  #endCustom(status: ItemStatus) {
    const input = fromCustomArguments(this.#args);
    if (input !== '') this.#emit('response.custom_tool_call_input.delta', { delta: input });
    this.#emit('response.custom_tool_call_input.done', { input });
    return { ...this.#head('custom_tool_call'), input, status };
  }

  #head(type: string) {
    const { name, namespace } = this.#tool;
    return { id: this.#id, type, call_id: this.#callId, name, ...(namespace === null ? {} : { namespace }) };
  }
}
