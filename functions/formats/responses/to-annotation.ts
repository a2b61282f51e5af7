import type { CompletionMessage } from '../pivot/chat-completion.ts';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';

type Annotation = NonNullable<CompletionMessage['annotations']>[number];

/** A web citation in chat's form; null for citations of files, which chat has no place for. `offset` is where its text starts in the answer. */
export function toAnnotation(annotation: unknown, offset: number): Annotation | null {
  if (!isRecord(annotation) || annotation.type !== 'url_citation' || typeof annotation.url !== 'string') return null;
  return {
    type: 'url_citation',
    url_citation: {
      url: annotation.url,
      title: textOf(annotation.title),
      start_index: offset + positionOf(annotation.start_index),
      end_index: offset + positionOf(annotation.end_index),
    },
  };
}

function positionOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
