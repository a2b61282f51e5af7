import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { toEventStream } from './event-stream.ts';
import { readRecording, toSse } from './replay.ts';
import { AWS_EVENT_STREAM, type Step, stream } from './scripted-upstream.ts';

/** A streamed answer that is whole, in each format. */
export function goodStream(format: FormatName): Step[] {
  const lines = readRecording(`${format}/text.chunks.txt`);
  switch (format) {
    case 'chat':
      return stream(toSse(lines, { done: true }));
    case 'responses':
    case 'messages':
      return stream(toSse(lines, { eventNames: true }));
    case 'gemini':
      return stream(toSse(lines));
    case 'converse':
      return stream(toEventStream(lines), { contentType: AWS_EVENT_STREAM });
  }
}
