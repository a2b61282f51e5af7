import type OpenAI from 'openai';
import { isRecord } from '../shared/is-record.ts';

type Annotation = OpenAI.ChatCompletionMessage.Annotation;

/** The web citations of one text block, which spans `start` to `end` of the answer's text; others are dropped. */
export function toAnnotations(citations: unknown, start: number, end: number): Annotation[] {
  if (!Array.isArray(citations)) return [];
  return citations.flatMap((citation: unknown): Annotation[] => {
    if (!isRecord(citation) || citation.type !== 'web_search_result_location') return [];
    if (typeof citation.url !== 'string') return [];
    const title = typeof citation.title === 'string' ? citation.title : '';
    return [{ type: 'url_citation', url_citation: { url: citation.url, title, start_index: start, end_index: end } }];
  });
}
