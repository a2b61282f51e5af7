import { describe, expect, test } from '@jest/globals';
import { anyMessagesBody, validMessagesBody } from '../../../test/support/any-messages-body.ts';
import { atOnce } from '../../../test/support/at-once.ts';
import fc from '../../../test/support/fast-check.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import { sentBody } from '../../../test/support/sent-body.ts';
import { builtinFiles } from '../../catalogue/builtin.ts';
import { buildCatalogue } from '../../catalogue/load-catalogue.ts';
import { type Endpoint, formatNames } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import { fitRequest } from '../fit/fit-request.ts';
import { upstreamFormats } from '../upstream-formats.ts';
import { type MessagesRequest, parseCountRequest, parseMessagesRequest } from './parse-request.ts';
import { openThoughts } from './parse-thought.ts';
import { canRelay, toRelay } from './relay-request.ts';

/** Whatever a client sends is read or refused in words, and what is read goes to any provider or is refused in words. */

const catalogue = buildCatalogue(builtinFiles, { vars: { project: 'p' } });
const all = [...catalogue.models.values()].flatMap(({ endpoints }) => endpoints);
const others = formatNames.map((format) => all.find((each) => each.format === format) as Endpoint);
const relays = (['pass', 'drop'] as const).map(
  (unknown) => all.find((each) => each.format === 'messages' && each.request.unknown === unknown) as Endpoint,
);
const seal = sealOf('own_a');

/** Null where it was refused, which is to be said in words, and to be the caller's own mistake. */
function inWords<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof MeshError) || error.status >= 500) throw error;
    return null;
  }
}

function translate({ chat }: MessagesRequest, endpoint: Endpoint): string {
  const opened = openThoughts(chat, endpoint.reasoning.issuer, seal);
  const fitted = fitRequest({ chat: opened, raw: {}, maxOutputTokens: 4_000 }, endpoint);
  return sentBody(upstreamFormats[endpoint.format].request(fitted, endpoint).body, endpoint);
}

describe('any body', () => {
  test('is read, or refused in words, and never goes wrong on the way to a provider', () => {
    let read = 0;
    fc.assert(
      fc.property(anyMessagesBody, (given) => {
        inWords(() => atOnce(parseCountRequest(given)));
        const request = inWords(() => atOnce(parseMessagesRequest(given)));
        if (request === null) return;
        read++;
        if (request.needed !== null) expect(request.needed).toMatch(/^(messages|tools)\.\d+\./);
        for (const endpoint of others) if (request.needed === null) inWords(() => translate(request, endpoint));
        for (const endpoint of relays) {
          if (!canRelay(request, {}, endpoint)) continue;
          const sent = sentBody(toRelay(request, {}, endpoint, 4_000, seal).body, endpoint);
          expect(sent).not.toContain('"signature":"mesh.');
          expect(JSON.parse(sent)).not.toHaveProperty('provider');
        }
      }),
      { numRuns: 300 },
    );
    expect(read).toBeGreaterThan(30);
  });

  test('that is right is read, and translated for every format', () => {
    const request = atOnce(parseMessagesRequest(validMessagesBody));
    expect(request.needed).toBeNull();
    for (const endpoint of others) {
      expect(translate(request, endpoint)).toContain('Pune');
    }
  });
});
