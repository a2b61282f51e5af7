import type { HeaderList } from '../../http/route.ts';

const profile = {
  'X-Mesh-Weight-Profile':
    'What counts most in the choice of model and endpoint, where the body says nothing: `quality_first`, `balanced`, ' +
    '`cost_first` or `latency_first`.',
};

/** What the choice of a model heeds. */
export const choiceHeaders: HeaderList = profile;

/** What a paid request heeds beside its body. */
export const requestHeaders: HeaderList = {
  'Idempotency-Key':
    'At most one request with it is ever charged. Another with the same body is a `conflict` that names the first, for ' +
    'answers are not stored.',
  'X-Mesh-Explain': '`1` for every endpoint that was looked at, in `mesh.decision`.',
  'X-Session-Id':
    'The conversation that this is a turn of: its turns stay with one endpoint, and are found by it in usage.',
  'X-Session-Affinity': '`off`: this turn goes where it is best by itself, and is not remembered.',
  ...profile,
};

/** What the head of an answer says of its way, if it was known when the head went out; the end of a stream repeats it. */
export const routingHeaders: HeaderList = {
  'X-Mesh-Routing-Attempts': 'How many endpoints were tried.',
  'X-Mesh-Routing-Fallback': 'Whether another model answered than was asked for.',
  'X-Mesh-Routing-Model': 'The model that answered.',
  'X-Mesh-Routing-Provider': 'Who served it.',
  'X-Mesh-Routing-Credential': 'Of an owner that has provider keys: `own` or `platform`, whose credential served it.',
  'X-Mesh-Region': 'Where it was served.',
  'X-Provider-Latency-Ms': 'From sending to the first token, of the endpoint that answered.',
  'X-Auto-Routed': '`true` where the model was left to the router.',
  'X-Resolved-Model-Id': 'The model that was chosen then.',
};

/** How far spend caps are used, as Anthropic's tools read it. */
export const capHeaders: HeaderList = {
  'anthropic-ratelimit-unified-status': '`allowed`, or `allowed_warning` from 75 % of a spend cap on.',
  'anthropic-ratelimit-unified-representative-claim':
    'The window whose cap is used most: `daily`, `weekly`, `monthly` or `total`.',
  'anthropic-ratelimit-unified-reset': 'When it begins anew, in Unix seconds.',
};

/** How far a key is from its limits; nothing of what has no limit. */
export const limitHeaders: HeaderList = Object.fromEntries(
  ['Requests', 'Tokens'].flatMap((of) => [
    [`X-RateLimit-Limit-${of}`, `${of} a minute that the key may have.`],
    [`X-RateLimit-Remaining-${of}`, `${of} that are left of them.`],
    [`X-RateLimit-Reset-${of}`, 'Whole seconds until nothing counts against them any more.'],
  ]),
);
