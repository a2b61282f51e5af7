import { describe, expect, test } from '@jest/globals';
import { answers, TOOLS } from '../../test/support/arbitrary-answers.ts';
import fc from '../../test/support/fast-check.ts';
import { makeEndpoint } from '../../test/support/make-endpoint.ts';
import { sentBody } from '../../test/support/sent-body.ts';
import { argumentsAs, sentCalls } from '../../test/support/sent-calls.ts';
import { refusalOf, type StrictProvider } from '../../test/support/strict-upstream.ts';
import { builtinFiles } from '../catalogue/builtin.ts';
import { buildCatalogue } from '../catalogue/load-catalogue.ts';
import { type Endpoint, type FormatName, formatNames } from '../core/endpoints/endpoint.ts';
import { fitArguments } from './fit/call-arguments.ts';
import { fitRequest, toolNamesOf } from './fit/fit-request.ts';
import { restoreCompletion } from './fit/restore-names.ts';
import type { CompletionMessage } from './pivot/chat-completion.ts';
import { chatRequestSchema } from './pivot/chat-request.ts';
import { upstreamFormats } from './upstream-formats.ts';

/**
 * A conversation whose turns were answered by any providers, as it is after each failed over to the next, is taken by every
 * provider. What answers is arbitrary, what refuses is strict.
 */

const catalogue = buildCatalogue(builtinFiles, { vars: { project: 'p' } });
const all = [...catalogue.models.values()].flatMap(({ endpoints }) => endpoints);
/** One endpoint of each provider and format, a Nova and a Gemini 3 beside, and one of which nothing is known. */
const targets: Endpoint[] = [
  ...all.filter(({ provider, format }, at) => {
    const same = (each: Endpoint) => each.provider === provider && each.format === format;
    return provider !== 'mesh' && all.findIndex(same) === at;
  }),
  ...all.filter(({ upstreamModel }) => /nova-lite|gemini-3-flash/.test(upstreamModel)).slice(0, 2),
  makeEndpoint({ provider: 'unknown', capabilities: new Set(['tools', 'reasoning', 'sampling']) }),
];
const named = targets.map((endpoint) => [endpoint.id, endpoint] as const);
/** Who answers in each format: with that format's own issuer, so that signatures go back. */
const sources = Object.fromEntries(
  formatNames.map((format) => [format, all.find((each) => each.format === format) as Endpoint]),
) as Record<FormatName, Endpoint>;

const tools = TOOLS.map((name) => ({ type: 'function' as const, function: { name, parameters: { type: 'object' } } }));
const question = { role: 'user' as const, content: 'And?' };

/** One turn: a question, what a provider answered to it, and the results of its calls. */
interface Turn {
  format: FormatName;
  reply: unknown;
}

const turn: fc.Arbitrary<Turn> = fc
  .constantFrom(...formatNames)
  .chain((format) => answers[format].map((reply) => ({ format, reply })));
const conversation = fc.array(turn, { minLength: 1, maxLength: 4 });

function answerOf({ format, reply }: Turn): CompletionMessage {
  const source = sources[format];
  const chat = chatRequestSchema.parse({ model: 'm', messages: [question], tools });
  const completion = restoreCompletion(upstreamFormats[format].response(reply, source), toolNamesOf(chat, source));
  // As a client has it: JSON, and what it does not know sent back.
  return JSON.parse(JSON.stringify(completion.choices[0]?.message)) as CompletionMessage;
}

function historyOf(turns: readonly Turn[]): object[] {
  const said = turns.flatMap((each) => {
    const message = answerOf(each);
    const results = (message.tool_calls ?? []).map(({ id }, at) => ({
      role: 'tool',
      tool_call_id: id,
      content: `${at}`,
    }));
    return [question, message, ...results];
  });
  return [{ role: 'system', content: 'Be brief.' }, ...said];
}

function sentTo(endpoint: Endpoint, messages: object[]): { body: string; path: string } {
  const raw = { model: 'm', messages, tools };
  const parsed = { chat: chatRequestSchema.parse(raw), raw, maxOutputTokens: 4_000 };
  const { body } = upstreamFormats[endpoint.format].request(fitRequest(parsed, endpoint), endpoint);
  return { body: sentBody(body, endpoint), path: new URL(endpoint.url).pathname };
}

describe('any history', () => {
  test('there are endpoints of every provider', () => {
    const known = new Set(targets.map(({ provider }) => provider));
    expect(known.size).toBeGreaterThan(15);
  });

  test.each(named)('is taken by %s, with a question after it', (_, endpoint) => {
    fc.assert(
      fc.property(conversation, (turns) => {
        const sent = sentTo(endpoint, [...historyOf(turns), question]);
        expect(refusalOf(endpoint.provider as StrictProvider, sent)).toBeNull();
      }),
      { numRuns: 20 },
    );
  });

  test.each(named)('is taken by %s, with results at its end', (_, endpoint) => {
    const call = {
      role: 'assistant',
      tool_calls: [{ id: 'a:1', type: 'function', function: { name: TOOLS[1], arguments: '{}' } }],
    };
    const last = [question, call, { role: 'tool', tool_call_id: 'a:1', content: '' }];
    fc.assert(
      fc.property(conversation, (turns) => {
        const sent = sentTo(endpoint, [...historyOf(turns), ...last]);
        expect(refusalOf(endpoint.provider as StrictProvider, sent)).toBeNull();
      }),
      { numRuns: 10 },
    );
  });

  test.each(named)('reaches %s with each call as it was made, and its own result beside it', (_, endpoint) => {
    fc.assert(
      fc.property(conversation, (turns) => {
        const history = historyOf(turns) as (CompletionMessage & { content: string })[];
        const { calls, results } = sentCalls(endpoint.format, sentTo(endpoint, [...history, question]).body);
        const made = history.flatMap(({ tool_calls }) => tool_calls ?? []);
        const names = toolNamesOf(chatRequestSchema.parse({ model: 'm', messages: history, tools }), endpoint);
        expect(calls.map(({ name }) => names.restore(name))).toEqual(made.map((call) => call.function.name));
        expect(calls.map(({ args }) => args)).toEqual(
          made.map((call) => argumentsAs(fitArguments(call.function.arguments).toWellFormed())),
        );
        expect(results.map(({ id }) => id)).toEqual(calls.map(({ id }) => id));
        const given = history.filter(({ role }) => (role as string) === 'tool').map(({ content }) => content);
        expect(results.map(({ text }) => text)).toEqual(given);
      }),
      { numRuns: 15 },
    );
  });
});
