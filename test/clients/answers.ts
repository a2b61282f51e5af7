import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { after, type Step } from '../support/scripted-upstream.ts';
import type { Case } from './case.ts';
import { type ModelAnswer, modelAnswer } from './model-answer.ts';
import { toolNames } from './tool-names.ts';

export const HELLO = 'Hello there, my friend.';
export const SUNNY = 'It is sunny there.';
export const THOUGHT = 'First I have to look.';
/** What programs answer to a call of `get_weather`, by which a second turn is known. */
export const TOOL_RESULT = 'Sunny, 21 degrees';
/** A red dot, as every program sends it. */
export const IMAGE =
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==';

export const say = (text: string, more: Partial<ModelAnswer> = {}): ModelAnswer => ({
  thinking: '',
  text,
  calls: [],
  ...more,
});
export const callOf = (name: string, city: string, at: number) => ({
  id: `call${at}abcdef`,
  name,
  args: JSON.stringify({ city }),
});

/** A turn that calls the tool, by the name that it has there, and one that ends. */
export const loop =
  (thinking: string, ...cities: string[]): Case['answer'] =>
  ({ format, streamed, turn, request }) => {
    if (turn === 1) return modelAnswer(format, streamed, say(SUNNY, { thinking }));
    const name = toolNames(format, request.body).find((each) => each.endsWith('get_weather')) ?? 'get_weather';
    return modelAnswer(
      format,
      streamed,
      say('', { thinking, calls: cities.map((city, at) => callOf(name, city, at)) }),
    );
  };

/** Up to and with the first piece of text of a stream. */
export const begun = (format: FormatName, then: Step) =>
  after(
    { chat: 2, responses: 4, messages: 3, gemini: 1, converse: 2 }[format],
    modelAnswer(format, true, say(HELLO)),
    then,
  );

export const hello: Case['answer'] = ({ format, streamed }) => modelAnswer(format, streamed, say(HELLO));
