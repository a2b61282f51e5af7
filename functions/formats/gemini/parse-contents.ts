import {
  type AssistantMessage,
  type ChatMessage,
  MAX_PARTS,
  type ReasoningDetail,
  type TextPart,
  type ToolMessage,
  type UserPart,
} from '../pivot/chat-request.ts';
import { CallIds } from '../shared/call-ids.ts';
import { oneText } from '../shared/one-text.ts';
import { PartPositions } from '../shared/part-positions.ts';
import { invalid } from '../shared/refusals.ts';
import { splitResult } from '../shared/tool-result.ts';
import type { Unsaid } from '../shared/unsaid.ts';
import { refuseFiles } from './costly-fields.ts';
import { type GivenContent, type GivenPart, partFields } from './generate-request.ts';
import { parsePart, parseResult } from './parse-parts.ts';
import { NATIVE, signedDetail } from './thought-seals.ts';

interface Placed {
  part: GivenPart;
  param: string;
}

interface Turn {
  isModel: boolean;
  parts: Placed[];
}

/** A call of the last turn that has no result yet. */
interface OpenCall {
  /** As its caller names it; null where it has no id, and is known by its place. */
  given: string | null;
  name: string;
  id: string;
}

/** What the system says, as the first message; none where it says nothing. */
export function parseSystem(system: GivenContent | null | undefined, unsaid: Unsaid): ChatMessage[] {
  const texts = (system?.parts ?? []).flatMap((part, at): TextPart[] => {
    const param = `systemInstruction.parts.${at}`;
    if (part.text == null) throw invalid(param, `${param}: The system says texts alone.`);
    unsaid.beyond(part, partFields);
    return part.text === '' ? [] : [{ type: 'text', text: part.text }];
  });
  return texts.length === 0 ? [] : [{ role: 'system', content: oneText(texts) }];
}

/** The conversation in the pivot's messages, part by part. What only this format has is told to `unsaid`. */
export function* parseContents(contents: readonly GivenContent[], unsaid: Unsaid): Generator<void, ChatMessage[]> {
  const parser = new ContentsParser(unsaid);
  const messages: ChatMessage[] = [];
  for (const turn of joinTurns(contents)) {
    messages.push(...(turn.isModel ? [parser.model(turn)] : parser.user(turn)));
    yield;
  }
  return messages;
}

/** Neighbours of one role are one turn: Google's own SDK keeps each piece of a stream as a content. */
function joinTurns(contents: readonly GivenContent[]): Turn[] {
  const turns: Turn[] = [];
  for (const [at, { role, parts }] of contents.entries()) {
    const isModel = role === 'model';
    const placed = (parts ?? []).map((part, index) => ({ part, param: `contents.${at}.parts.${index}` }));
    const last = turns.at(-1);
    if (last?.isModel === isModel) for (const each of placed) last.parts.push(each);
    else turns.push({ isModel, parts: placed });
  }
  return turns;
}

class ContentsParser {
  readonly #unsaid: Unsaid;
  readonly #ids = new CallIds();
  #turns = 0;
  #open: OpenCall[] = [];

  constructor(unsaid: Unsaid) {
    this.#unsaid = unsaid;
  }

  model({ parts }: Turn): AssistantMessage {
    const turn = `turn${this.#turns++}`;
    const positions = new PartPositions();
    const details: ReasoningDetail[] = [];
    const calls: NonNullable<AssistantMessage['tool_calls']> = [];
    let content = '';
    this.#open = [];
    for (const { part, param } of parts) {
      const { text, thought, thoughtSignature: signature, functionCall: call, ...others } = part;
      refuseFiles(others, param);
      if (call == null && text == null && !signature && thought !== true) {
        this.#unsaid.part(part, param);
        continue;
      }
      this.#unsaid.beyond(part, partFields);
      if (call != null) {
        const id = this.#ids.of(call.id ?? '', turn);
        this.#open.push({ given: call.id ?? null, name: call.name, id });
        calls.push({ id, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.args ?? {}) } });
        const index = positions.take();
        if (signature) details.push(signedDetail(signature, index, id));
      } else if (thought === true) {
        // Without a signature nobody takes it back; a seal carries its own text.
        if (signature) details.push(thoughtOf(text ?? '', signature, positions.take()));
      } else {
        content += text ?? '';
        positions.text(text ?? '');
        if (signature) details.push(signedDetail(signature, positions.take()));
      }
    }
    return {
      role: 'assistant',
      content,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      ...(details.length > 0 ? { reasoning_details: details } : {}),
    };
  }

  /** Results come first, since they belong to the calls right before them. What is more than fits into a message is in several. */
  user({ parts }: Turn): ChatMessage[] {
    const results: ToolMessage[] = [];
    const said: UserPart[] = [];
    for (const { part, param } of parts) {
      if (part.functionResponse == null) {
        said.push(...parsePart(part, param, this.#unsaid));
        continue;
      }
      this.#unsaid.beyond(part, partFields);
      const result = parseResult(part.functionResponse, `${param}.functionResponse`);
      const id = this.#answered(part.functionResponse);
      const { told, beside } = splitResult(id, result);
      results.push({ role: 'tool', tool_call_id: id, content: oneText(told) });
      said.push(...beside);
    }
    const messages: ChatMessage[] = [...results];
    for (let at = 0; at < said.length; at += MAX_PARTS) {
      messages.push({ role: 'user', content: oneText(said.slice(at, at + MAX_PARTS)) });
    }
    return messages;
  }

  /** The call that a result is of: by its id, else the first of its name that has none yet. What answers none stands alone. */
  #answered({ id, name }: NonNullable<GivenPart['functionResponse']>): string {
    const byId = id ? this.#open.findIndex((call) => call.given === id) : -1;
    const at = byId >= 0 ? byId : this.#open.findIndex((call) => call.name === name && (!id || call.given === null));
    const [call] = at >= 0 ? this.#open.splice(at, 1) : [];
    return call?.id ?? (id || `no_call_of_${name}`);
  }
}

function thoughtOf(text: string, signature: string, index: number): ReasoningDetail {
  const signed = signedDetail(signature, index);
  return signed.format === NATIVE ? { type: 'reasoning.text', text, signature, format: NATIVE, index } : signed;
}
