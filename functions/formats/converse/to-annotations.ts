import type OpenAI from 'openai';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';

type Annotation = OpenAI.ChatCompletionMessage.Annotation;

/** The web citations of one piece of text, which spans `start` to `end` of the answer; citations of documents are dropped. */
export function toAnnotations(citations: readonly unknown[], start: number, end: number): Annotation[] {
  return citations.flatMap((citation): Annotation[] => {
    if (!isRecord(citation) || !isRecord(citation.location) || !isRecord(citation.location.web)) return [];
    const { url } = citation.location.web;
    if (typeof url !== 'string') return [];
    return [
      {
        type: 'url_citation',
        url_citation: { url, title: textOf(citation.title), start_index: start, end_index: end },
      },
    ];
  });
}
