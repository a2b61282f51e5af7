import { createInterface } from 'node:readline';

/**
 * What the programs of Node's clients share: a line of JSON on standard input is a task (`Task` in ../program.ts); the facts that
 * its action returns go out as a line (`facts` in ../case.ts). What an action throws is the fact `error`.
 */

/** The one tool that every client is given. */
export const tool = {
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', description: 'The city.' } },
    required: ['city'],
    additionalProperties: false,
  },
};

/** What the tool says; a second turn is known by it. */
export const weather = ({ city }) => `Sunny, 21 degrees in ${city}.`;

export const IMAGE_BASE64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==';
export const IMAGE_URL = `data:image/png;base64,${IMAGE_BASE64}`;

/** A page without anything on it. */
export const PDF_BASE64 =
  'JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRvYmoKMiAwIG9iago8PC9UeXBlL1BhZ2VzL0tpZHNbMyAwIFJdL0NvdW50IDE+PgplbmRvYmoKMyAwIG9iago8PC9UeXBlL1BhZ2UvUGFyZW50IDIgMCBSL01lZGlhQm94WzAgMCA5IDldPj4KZW5kb2JqCnRyYWlsZXIKPDwvUm9vdCAxIDAgUj4+Cg==';
export const PDF_URL = `data:application/pdf;base64,${PDF_BASE64}`;

/** How long the caller of a whole answer waits before it leaves. */
export const PATIENCE_MS = 1_500;

/** `actions`: by the names of what a task may say to do. `describe`: status and code of an error, where the client hides them. */
export function serve(actions, describe = () => ({})) {
  process.on('unhandledRejection', () => {});
  const lines = createInterface({ input: process.stdin });
  let before = Promise.resolve();
  lines.on('line', (line) => {
    const task = JSON.parse(line);
    before = before
      .then(() => run(task, actions[task.do], describe))
      .then((facts) => {
        process.stdout.write(`\n${JSON.stringify({ id: task.id, facts })}\n`);
      });
  });
  lines.on('close', () => process.exit());
}

async function run(task, action, describe) {
  try {
    return (await action(task)) ?? {};
  } catch (error) {
    const { status, statusCode, code, message } = error ?? {};
    const told = {
      class: error?.constructor?.name ?? typeof error,
      status: status ?? statusCode,
      code,
      message: message ?? String(error),
    };
    const all = { ...told, ...describe(error) };
    return {
      error: {
        class: String(all.class),
        message: String(all.message),
        ...(typeof all.status === 'number' ? { status: all.status } : {}),
        ...(typeof all.code === 'string' ? { code: all.code } : {}),
      },
    };
  }
}
