import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { MeshError } from '../../core/errors.ts';

/** How OpenAI begins to say that an input is too long: LiteLLM, LangChain and others look for these words. */
export function contextLengthWords(tokens: number): string {
  return `This model's maximum context length is ${tokens} tokens.`;
}

const OPENAIS_WORDS = /this model's maximum context length is \d/i;

/**
 * A failure whose input was too long begins with OpenAI's words, whatever its provider's are; any other stays as it is, and so does
 * one whose caller speaks the provider's format.
 */
export function withContextLength(failure: MeshError, { contextLength }: Endpoint): MeshError {
  if (failure.verbatim !== null) return failure;
  if (failure.code !== 'context_length_exceeded' || OPENAIS_WORDS.test(failure.message)) return failure;
  return failure.with({ message: `${contextLengthWords(contextLength)} ${failure.message}` });
}
