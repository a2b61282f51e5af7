import type { ChatChunk, ChatCompletion } from '../pivot/chat-completion.ts';

/** What has to be done to an answer because of what its request could not say; one for each answer, since a stream has state. */
export interface AnswerFit {
  completion(completion: ChatCompletion): ChatCompletion;
  chunk(chunk: ChatChunk): ChatChunk;
}
