import { rememberCredential } from '../../core/credentials.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { Clock } from '../clock.ts';
import type { Secret } from '../secrets/secrets.ts';
import { createGoogleToken } from './google-token.ts';
import { type AwsCredentials, signAws } from './sign-aws.ts';
import type { UpstreamRequest } from './upstream.ts';

/** Where credentials come from: memory where they are there, else the store. */
export interface SecretLookup {
  peek(name: string): Secret | null;
  get(name: string): Promise<Secret | null>;
}

export interface AuthorizeOptions {
  secrets: SecretLookup;
  clock: Clock;
  /** An access token of this process's own Google account. */
  googleToken?: () => string | Promise<string>;
}

export type Authorize = (endpoint: Endpoint, request: UpstreamRequest) => UpstreamRequest | Promise<UpstreamRequest>;

/**
 * Adds our credential to a request, as the endpoint's `auth` says. Without a turn of the event loop where the secret is in
 * memory and nothing has to be signed. Throws `provider_not_available` where there is no credential or none can be had;
 * its `providerCode` says which. Whatever a store or Google says about it stays here, since it may quote the credential.
 */
export function createAuthorize({
  secrets,
  clock,
  googleToken = createGoogleToken(clock),
}: AuthorizeOptions): Authorize {
  return (endpoint, request) => {
    const { auth } = endpoint;
    if (auth.type === 'none') return request;
    if (auth.secret === undefined) return withToken(request, googleToken);
    const add = (secret: Secret | null) => addSecret(endpoint, request, secret, clock);
    const known = secrets.peek(auth.secret);
    return known !== null ? add(known) : secrets.get(auth.secret).then(add, unreadable);
  };
}

function addSecret(
  { auth }: Endpoint,
  request: UpstreamRequest,
  secret: Secret | null,
  clock: Clock,
): UpstreamRequest | Promise<UpstreamRequest> {
  if (secret === null) throw noCredential('credential_missing');
  const { value } = secret;
  rememberCredential(value);
  switch (auth.type) {
    case 'none':
      return request;
    case 'bearer':
    case 'google':
      return withHeader(request, 'authorization', `Bearer ${value}`);
    case 'x-api-key':
      return withHeader(request, 'x-api-key', value);
    case 'header':
      return withHeader(request, auth.name.toLowerCase(), value);
    case 'query':
      return withQuery(request, auth.name, value);
    case 'aws': {
      const credentials = parseAwsCredentials(value);
      if (credentials === null) return withHeader(request, 'authorization', `Bearer ${value}`);
      return signAws(request, { credentials, service: auth.service, region: auth.region, now: new Date(clock.now()) });
    }
  }
}

function withToken(
  request: UpstreamRequest,
  googleToken: () => string | Promise<string>,
): UpstreamRequest | Promise<UpstreamRequest> {
  const add = (text: string) => {
    rememberCredential(text);
    return withHeader(request, 'authorization', `Bearer ${text}`);
  };
  const token = googleToken();
  return typeof token === 'string' ? add(token) : token.then(add, unreadable);
}

function unreadable(): never {
  throw noCredential('credential_unreadable');
}

function noCredential(providerCode: string): MeshError {
  return new MeshError('provider_not_available', { retry: 'other', providerCode });
}

function withHeader(request: UpstreamRequest, name: string, value: string): UpstreamRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

function withQuery(request: UpstreamRequest, name: string, value: string): UpstreamRequest {
  const sign = request.url.includes('?') ? '&' : '?';
  return { ...request, url: `${request.url}${sign}${encodeURIComponent(name)}=${encodeURIComponent(value)}` };
}

/** The keys of an AWS account from a JSON secret; null for any other text, which is a Bedrock API key. */
function parseAwsCredentials(value: string): AwsCredentials | null {
  if (!value.startsWith('{')) return null;
  try {
    const { access_key_id, secret_access_key, session_token } = JSON.parse(value) as Record<string, unknown>;
    if (typeof access_key_id === 'string' && typeof secret_access_key === 'string') {
      const session = typeof session_token === 'string' ? { sessionToken: session_token } : {};
      return { accessKeyId: access_key_id, secretAccessKey: secret_access_key, ...session };
    }
  } catch {
    // Falls through: the parser's own message would quote the secret.
  }
  throw noCredential('credential_malformed');
}
