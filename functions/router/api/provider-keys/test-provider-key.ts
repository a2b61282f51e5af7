import { withOwnKeys } from '../../../catalogue/own-endpoints.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { type MeshError, toMeshError } from '../../../core/errors.ts';
import { NO_FEE } from '../../../core/money/own-key-fee.ts';
import { type ProviderKey, toProviderKey } from '../../../core/provider-keys/provider-key.ts';
import { outputLimit } from '../../../core/routing/quote.ts';
import { parseChatRequest } from '../../../formats/chat/parse-request.ts';
import { fitRequest } from '../../../formats/fit/fit-request.ts';
import { upstreamFormats } from '../../../formats/upstream-formats.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import { send } from '../../way/exchange.ts';
import type { Services } from '../../way/services.ts';
import { findProviderKey } from './provider-keys.ts';
import type { TestOutcome } from './reply-schemas.ts';

/** How long a provider may take for a test. Milliseconds. */
export const TEST_PATIENCE_MS = 20_000;

/** Asks the cheapest of its models for one token. No money of ours is spent, and it is no outcome of any endpoint. */
export async function testProviderKey(call: Call, services: Services, id: string): Promise<Reply> {
  const key = toProviderKey(await findProviderKey(call, services, id));
  const endpoint = cheapestEndpoint(key, services);
  if (endpoint === null) return told('not_served', null, null);
  const failure = await askForOneToken(endpoint, call.gone, services).then(() => null, toMeshError);
  return told(failure === null ? 'works' : outcomeOf(failure), failure?.providerCode ?? null, endpoint.modelId);
}

const inWords: Readonly<Record<TestOutcome, string>> = {
  works: 'A model answered.',
  refused: 'The provider does not take this key, or not for that model.',
  limited: 'The provider takes the key, and has no time or no quota for it now.',
  failed: 'The provider answered with another error.',
  unreachable: 'Nobody answered at the provider’s address.',
  not_served: 'No chat model of this router is asked with this key.',
};

function told(outcome: TestOutcome, provider_code: string | null, model: string | null): Reply {
  return { status: 200, body: { outcome, message: inWords[outcome], provider_code, model } };
}

/** As they would be priced with our credential. */
function cheapestEndpoint(key: ProviderKey, { living }: Services): Endpoint | null {
  const { models } = withOwnKeys(living.current(), living.whole(), [key], NO_FEE);
  const priceOf = ({ modelId }: Endpoint) => living.whole().models.get(modelId)?.endpoints[0]?.price.output ?? 0n;
  const own = [...models.values()]
    .filter(({ type }) => type === 'chat')
    .flatMap(({ endpoints }) => endpoints.filter(({ ownKey }) => ownKey === key.id));
  return own.reduce<Endpoint | null>(
    (least, each) => (least === null || priceOf(each) < priceOf(least) ? each : least),
    null,
  );
}

async function askForOneToken(endpoint: Endpoint, signal: AbortSignal, services: Services): Promise<void> {
  const format = upstreamFormats[endpoint.format];
  const body = { model: endpoint.modelId, messages: [{ role: 'user', content: 'Hi' }] };
  const { chat, raw } = await inSlices(parseChatRequest(body, {}));
  const maxOutputTokens = outputLimit(1, endpoint);
  const asked = format.request(fitRequest({ chat, raw, maxOutputTokens }, endpoint), endpoint);
  const attempt = { endpoint, failure: format.failure, streams: false, patienceMs: TEST_PATIENCE_MS, signal };
  const reply = await send(services, attempt, asked);
  reply.cancel();
}

function outcomeOf({ code, providerCode }: MeshError): TestOutcome {
  if (providerCode === '401' || providerCode === '403') return 'refused';
  if (providerCode === '429') return 'limited';
  // Google, which gives tokens for a service account, is a part of the provider.
  if (providerCode === 'credential_unreadable') return 'unreachable';
  const isStatus = /^\d{3}$/.test(providerCode ?? '');
  if (!isStatus && (code === 'upstream_error' || code === 'gateway_timeout')) return 'unreachable';
  return 'failed';
}
