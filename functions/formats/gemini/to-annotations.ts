import type OpenAI from 'openai';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';

type Annotation = OpenAI.ChatCompletionMessage.Annotation;

/**
 * The web pages that an answer rests on; other sources are dropped. Gemini counts the bytes of one part, which nobody has
 * who gets the text in one piece, so every citation spans the whole text.
 */
export function toAnnotations(groundingMetadata: unknown, textLength: number): Annotation[] {
  if (!isRecord(groundingMetadata) || !Array.isArray(groundingMetadata.groundingChunks)) return [];
  return groundingMetadata.groundingChunks.flatMap((source: unknown): Annotation[] => {
    const web = isRecord(source) ? source.web : null;
    if (!isRecord(web) || textOf(web.uri) === '') return [];
    const citation = { url: textOf(web.uri), title: textOf(web.title), start_index: 0, end_index: textLength };
    return [{ type: 'url_citation', url_citation: citation }];
  });
}
