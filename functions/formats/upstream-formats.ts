import type { FormatName } from '../core/endpoints/endpoint.ts';
import { chatFormat } from './chat/format.ts';
import { converseFormat } from './converse/format.ts';
import { geminiFormat } from './gemini/format.ts';
import { messagesFormat } from './messages/format.ts';
import type { UpstreamFormat } from './pivot/upstream-format.ts';
import { responsesFormat } from './responses/format.ts';

/** Every wire format that is spoken to upstreams. */
export const upstreamFormats: Readonly<Record<FormatName, UpstreamFormat>> = {
  chat: chatFormat,
  responses: responsesFormat,
  messages: messagesFormat,
  gemini: geminiFormat,
  converse: converseFormat,
};
