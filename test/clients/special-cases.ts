import { responseReply } from '../../functions/router/operations/responses/reply-schemas.ts';
import { json } from '../support/scripted-upstream.ts';
import { HELLO, hello, loop, THOUGHT } from './answers.ts';
import type { Case } from './case.ts';
import { called, differs, says } from './verdicts.ts';

/** A page without anything on it, as every program sends it. */
export const PDF =
  'JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRvYmoKMiAwIG9iago8PC9UeXBlL1BhZ2VzL0tpZHNbMyAwIFJdL0NvdW50IDE+PgplbmRvYmoKMyAwIG9iago8PC9UeXBlL1BhZ2UvUGFyZW50IDIgMCBSL01lZGlhQm94WzAgMCA5IDldPj4KZW5kb2JqCnRyYWlsZXIKPDwvUm9vdCAxIDAgUj4+Cg==';

/** What the provider whose count it is counts; the least and the most that ours may be, with the template around a few words. */
const COUNTED = 42;
const FEWEST = 4;
const MOST = 60;

/** What some clients can do besides. */
export const specialCases: readonly Case[] = [
  {
    name: 'PDF',
    special: true,
    does: 'pdf',
    prompt: 'What is in it?',
    answer: hello,
    fault: (outcome) =>
      says(HELLO, outcome) ?? (outcome.requests[0]?.body.includes(PDF) ? null : 'the file did not reach the provider'),
  },
  {
    name: 'count',
    special: true,
    does: 'count',
    prompt: 'How long is this?',
    answer: () => json({ input_tokens: COUNTED, totalTokens: COUNTED }),
    fault({ facts: { tokens = 0, error }, format, asked, client }) {
      if (error !== undefined) return `${error.class}: ${error.message}`;
      if (format === client.surface) return differs('tokens', tokens, COUNTED);
      const isLikely = tokens >= FEWEST && tokens <= MOST && asked.length === 0;
      return isLikely ? null : `${tokens} tokens for a few words`;
    },
  },
  {
    name: 'valid answers',
    special: true,
    does: 'tools',
    prompt: 'What is the weather in Oslo?',
    answer: loop('', 'Oslo'),
    fault(outcome) {
      const { answers = [] } = outcome.facts;
      const wrong = answers.map((answer) => responseReply.safeParse(answer)).find(({ success }) => !success);
      return called(['Oslo'], outcome) ?? differs('answers', answers.length, 2) ?? wrong?.error?.message ?? null;
    },
  },
  {
    name: 'references',
    special: true,
    does: 'reasoning',
    prompt: 'Think hard: what is the weather in Oslo?',
    answer: loop(THOUGHT, 'Oslo'),
    fault: (outcome) =>
      called(['Oslo'], outcome) ??
      (outcome.asked.at(-1)?.body.includes('"type":"item_reference"') ? null : 'it sent no reference to an item'),
  },
];
