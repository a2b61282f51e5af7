import { ApiProblem, read } from './api.ts';

/** The frames of an event stream, as JSON, to its `[DONE]`. Throws `ApiProblem` where it breaks off before that. */
export async function* readEvents<T>(reply: Response): AsyncGenerator<T> {
  const { body } = reply;
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await read(reply, () => reader.read());
      if (done) throw new ApiProblem('The answer broke off.', reply.status, null, null);
      rest += decoder.decode(value, { stream: true });
      const frames = rest.split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const data = frame
          .split('\n')
          .filter((line) => line.startsWith('data:'))
          .map((line) => line.slice('data:'.length).trim())
          .join('\n');
        if (data === '[DONE]') return;
        if (data !== '') yield await read(reply, async () => JSON.parse(data) as T);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
