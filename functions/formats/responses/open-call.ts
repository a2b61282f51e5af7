import { CustomInput } from '../shared/custom-tools.ts';
import { type Emit, type ItemPlace, type ItemStatus, itemId, type OpenItem } from './open-item.ts';
import type { ToolName } from './tool-book.ts';

/** A call of a function; or of a custom tool, whose input is read out of the arguments. */
export class OpenCall implements OpenItem {
  readonly index: number;
  readonly #id: string;
  readonly #callId: string;
  readonly #tool: ToolName;
  readonly #emit: Emit;
  readonly #input: CustomInput | null;
  /** What was passed on: the arguments, or the input in them. */
  #text = '';

  constructor(place: ItemPlace, callId: string, tool: ToolName, emit: Emit) {
    this.index = place.index;
    this.#id = itemId(tool.kind === 'custom' ? 'ctc' : 'fc', place);
    this.#callId = callId;
    this.#tool = tool;
    this.#input = tool.kind === 'custom' ? new CustomInput() : null;
    this.#emit = (type, fields) => emit(type, { item_id: this.#id, ...fields });
  }

  begun() {
    return this.#tool.kind === 'custom'
      ? { ...this.#head('custom_tool_call'), input: '' }
      : { ...this.#head('function_call'), arguments: '', status: 'in_progress' };
  }

  add(piece: string): void {
    this.#pass(this.#input === null ? piece : this.#input.add(piece));
  }

  end(status: ItemStatus) {
    const item = this.#input === null ? this.#endFunction(status) : this.#endCustom(this.#input.finish(), status);
    return { shown: item, carried: item };
  }

  #pass(delta: string): void {
    if (delta === '') return;
    this.#text += delta;
    const type = this.#input === null ? 'function_call_arguments' : 'custom_tool_call_input';
    this.#emit(`response.${type}.delta`, { delta });
  }

  #endFunction(status: ItemStatus) {
    // Some clients read the pieces alone.
    if (this.#text === '') this.#pass('{}');
    const args = this.#text;
    this.#emit('response.function_call_arguments.done', { name: this.#tool.name, arguments: args });
    return { ...this.#head('function_call'), arguments: args, status };
  }

  #endCustom(owed: string, status: ItemStatus) {
    this.#pass(owed);
    const input = this.#text;
    this.#emit('response.custom_tool_call_input.done', { input });
    return { ...this.#head('custom_tool_call'), input, status };
  }

  #head(type: string) {
    const { name, namespace } = this.#tool;
    return { id: this.#id, type, call_id: this.#callId, name, ...(namespace === null ? {} : { namespace }) };
  }
}
