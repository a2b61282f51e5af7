import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { strictChat } from './strict-chat-providers.ts';
import { strictConverse } from './strict-converse.ts';
import { strictGemini } from './strict-gemini.ts';
import { strictMessages } from './strict-messages.ts';
import { strictResponses } from './strict-responses.ts';

/** What is wrong with a body, in the words of its provider; null for nothing. `path` names the model where the body does not. */
export type Strict = (body: unknown, path: string) => string | null;

/** By the ids of the built-in providers; `unknown` is one that the catalogue says nothing of. OpenAI and Azure serve two formats. */
export const strictProviders = {
  ...strictChat,
  ...strictMessages,
  openai: (body, path) => (path.endsWith('/responses') ? strictResponses(body) : strictChat.openai(body)),
  azure: (body, path) => (path.endsWith('/responses') ? strictResponses(body) : strictChat.openai(body)),
  google: strictGemini,
  vertex: strictGemini,
  bedrock: strictConverse,
  mesh: strictChat.unknown,
} as const satisfies Record<string, Strict>;
export type StrictProvider = keyof typeof strictProviders;

/** What a provider has against a request; null for nothing. */
export function refusalOf(provider: StrictProvider, { body, path }: { body: string; path: string }): string | null {
  let halves = false;
  const parsed: unknown = JSON.parse(body, (_name, value: unknown) => {
    halves ||= typeof value === 'string' && !value.isWellFormed();
    return value;
  });
  // Anthropic's words; all others refuse it as well.
  if (halves) return 'The request body is not valid JSON: no low surrogate in string';
  return strictProviders[provider](parsed, path.split('?')[0] ?? '');
}

/** The format that a path belongs to; null for none. */
export function formatOfPath(path: string): FormatName | null {
  const [plain = ''] = path.split('?');
  if (plain.endsWith('/chat/completions')) return 'chat';
  if (plain.endsWith('/responses')) return 'responses';
  if (/\/converse(-stream)?$/.test(plain)) return 'converse';
  if (/:(generate|streamGenerate)Content$/.test(plain)) return 'gemini';
  return plain.endsWith('/messages') || /:(stream)?[rR]awPredict$/.test(plain) ? 'messages' : null;
}

const ofFormat = {
  responses: 'openai',
  messages: 'anthropic',
  gemini: 'google',
  converse: 'bedrock',
  chat: 'unknown',
} as const;

/** What the provider that a format is of has against a request, or of chat one of which nothing is known; null for nothing. */
export function refusalByFormat(request: { body: string; path: string }): string | null {
  const format = formatOfPath(request.path);
  return format === null ? null : refusalOf(ofFormat[format], request);
}
