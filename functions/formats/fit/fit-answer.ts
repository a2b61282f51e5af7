import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import type { AnswerFit } from './answer-fit.ts';
import { JsonAnswer } from './json-answer.ts';
import { OneCall } from './one-call.ts';
import { StopCut } from './stop-cut.ts';

/** All that has to be done to the answer of an endpoint that was asked `chat`. */
export function fitAnswer(chat: ChatRequest, endpoint: Endpoint): AnswerFit {
  const json = JsonAnswer.of(chat, endpoint);
  // Endpoints that can hold the model to one call do; where one cannot, or does not, it is held here.
  const one = chat.parallel_tool_calls === false ? new OneCall() : null;
  const cut = StopCut.of(chat, endpoint);
  const fits: AnswerFit[] = [json, one, cut].filter((fit) => fit !== null);
  return {
    completion: (completion) => fits.reduce((fitted, fit) => fit.completion(fitted), completion),
    chunk: (chunk) => fits.reduce((fitted, fit) => fit.chunk(fitted), chunk),
  };
}
