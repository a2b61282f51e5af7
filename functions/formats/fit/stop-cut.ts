import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatChunk, ChatCompletion, ChunkChoice, CompletionChoice } from '../pivot/chat-completion.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import type { AnswerFit } from './answer-fit.ts';

/** A choice under way. */
interface OpenChoice {
  /** The end of its text, as long as a stop sequence may begin there. */
  held: string;
  /** The stop sequence that it came to. */
  stop: string | null;
}

/**
 * Ends an answer before the first of its request's stop sequences, where the endpoint takes none (Responses, and models that refuse
 * them). The model does not know: what it goes on to write, calls included, is charged and not shown.
 */
export class StopCut implements AnswerFit {
  readonly #stops: readonly string[];
  readonly #open = new Map<number, OpenChoice>();

  /** Null where there are none, or the endpoint is told. */
  static of({ stop }: Pick<ChatRequest, 'stop'>, { capabilities }: Pick<Endpoint, 'capabilities'>): StopCut | null {
    const stops = [stop ?? []].flat().filter((each) => each !== '');
    return !capabilities.has('stop') && stops.length > 0 ? new StopCut(stops) : null;
  }

  private constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  completion(completion: ChatCompletion): ChatCompletion {
    return { ...completion, choices: completion.choices.map((choice) => this.#whole(choice)) };
  }

  #whole(choice: CompletionChoice): CompletionChoice {
    const { tool_calls: _, ...message } = choice.message;
    const found = this.#find(message.content ?? '');
    if (found === null) return choice;
    const content = (message.content ?? '').slice(0, found.at);
    return { ...choice, message: { ...message, content }, finish_reason: 'stop', stop_reason: found.stop };
  }

  chunk(chunk: ChatChunk): ChatChunk {
    const choices = chunk.choices.map((choice) => this.#choice(choice));
    return {
      ...chunk,
      choices: choices.filter(({ delta, finish_reason }) => finish_reason || Object.keys(delta).length > 0),
    };
  }

  #choice(choice: ChunkChoice): ChunkChoice {
    const open = this.#open.get(choice.index) ?? { held: '', stop: null };
    this.#open.set(choice.index, open);
    if (open.stop !== null) return ended(choice, open.stop, '');
    const { content, ...others } = choice.delta;
    const text = open.held + (content ?? '');
    const found = this.#find(text);
    if (found !== null) {
      open.stop = found.stop;
      return ended(choice, found.stop, text.slice(0, found.at));
    }
    const goesOn = choice.finish_reason === null && others.tool_calls === undefined;
    open.held = goesOn ? this.#begunIn(text) : '';
    const said = text.slice(0, text.length - open.held.length);
    return { ...choice, delta: { ...others, ...(said === '' ? {} : { content: said }) } };
  }

  /** The first that a model would have come to the end of; of two that end together the longer. */
  #find(text: string): { at: number; stop: string } | null {
    const found = this.#stops.map((stop) => ({ at: text.indexOf(stop), stop })).filter(({ at }) => at !== -1);
    const [first] = found.sort((a, b) => a.at + a.stop.length - (b.at + b.stop.length) || a.at - b.at);
    return first ?? null;
  }

  /** The longest end of a text with which a stop sequence begins. */
  #begunIn(text: string): string {
    const longest = Math.max(...this.#stops.map(({ length }) => length)) - 1;
    for (let from = Math.max(0, text.length - longest); from < text.length; from++) {
      const end = text.slice(from);
      if (this.#stops.some((stop) => stop.startsWith(end))) return end;
    }
    return '';
  }
}

/** What is left of a choice that has come to its end; how it ends is said where its provider says that it has. */
function ended({ finish_reason, ...choice }: ChunkChoice, stop: string, content: string): ChunkChoice {
  return {
    ...choice,
    delta: content === '' ? {} : { content },
    finish_reason: finish_reason && 'stop',
    ...(finish_reason === null ? {} : { stop_reason: stop }),
  };
}
