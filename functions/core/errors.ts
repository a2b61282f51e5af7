/** What may be tried after a failure: nothing, the same endpoint again, or another endpoint. */
export type Retry = 'never' | 'same' | 'other';

interface ErrorRule {
  /** HTTP status sent to the caller. */
  status: number;
  retry: Retry;
  /** OpenAI's `error.type`. */
  type: string;
  /** What the caller reads when the thrower has nothing more precise to say. */
  message: string;
}

/** Every error the router may answer with. The table is the contract: a code that is not here cannot be thrown. */
export const errorTable = {
  unauthorized: { status: 401, retry: 'never', type: 'authentication_error', message: 'The API key is not valid.' },
  forbidden: { status: 403, retry: 'never', type: 'permission_error', message: 'This key may not do that.' },
  spend_limit_exceeded: { status: 402, retry: 'never', type: 'insufficient_quota', message: 'The balance is too low.' },
  rate_limit_exceeded: { status: 429, retry: 'never', type: 'rate_limit_error', message: 'Too many requests.' },
  invalid_request_error: { status: 400, retry: 'never', type: 'invalid_request_error', message: 'Invalid request.' },
  validation_error: { status: 422, retry: 'never', type: 'invalid_request_error', message: 'Invalid request.' },
  bad_request: { status: 400, retry: 'never', type: 'invalid_request_error', message: 'Bad request.' },
  invalid_api_version: {
    status: 400,
    retry: 'never',
    type: 'invalid_request_error',
    message: 'This version of the API is not served.',
  },
  context_length_exceeded: {
    status: 400,
    retry: 'never',
    type: 'invalid_request_error',
    message: 'The input is longer than the model accepts.',
  },
  content_policy_violation: {
    status: 400,
    retry: 'never',
    type: 'invalid_request_error',
    message: 'The provider refused the content.',
  },
  model_capability_not_supported: {
    status: 400,
    retry: 'other',
    type: 'invalid_request_error',
    message: 'The model cannot do what the request asks for.',
  },
  model_not_found: { status: 404, retry: 'never', type: 'invalid_request_error', message: 'There is no such model.' },
  not_found: { status: 404, retry: 'never', type: 'invalid_request_error', message: 'There is nothing here.' },
  method_not_allowed: {
    status: 405,
    retry: 'never',
    type: 'invalid_request_error',
    message: 'This path does not take that method.',
  },
  conflict: { status: 409, retry: 'never', type: 'invalid_request_error', message: 'This conflicts with what exists.' },
  confirmation_required: {
    status: 409,
    retry: 'never',
    type: 'invalid_request_error',
    message: 'This looks like a slip. If it is meant, send it again with "confirm": true.',
  },
  upgrade_required: {
    status: 426,
    retry: 'never',
    type: 'invalid_request_error',
    message: 'This path is served over HTTP, not as a websocket.',
  },
  payload_too_large: { status: 413, retry: 'never', type: 'invalid_request_error', message: 'The body is too large.' },
  upstream_error: { status: 502, retry: 'other', type: 'api_error', message: 'The provider failed.' },
  upstream_truncated: {
    status: 502,
    retry: 'other',
    type: 'api_error',
    message: 'The provider ended its answer before it was finished.',
  },
  provider_not_available: {
    status: 503,
    retry: 'never',
    type: 'api_error',
    message: 'No provider can serve this request now.',
  },
  gateway_timeout: { status: 504, retry: 'other', type: 'api_error', message: 'The provider took too long.' },
  internal_error: { status: 500, retry: 'never', type: 'api_error', message: 'Something failed on our side.' },
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof errorTable;

/** What a `MeshError` may carry beyond its code. Nothing here may hold prompts, completions or secrets. */
export interface ErrorDetails {
  message?: string;
  /** Dotted path of the field at fault, in the caller's own request. */
  param?: string;
  details?: unknown;
  /** The provider's own status or code, an identifier and never a sentence. */
  providerCode?: string;
  retryAfterSeconds?: number;
  /** The provider's own body, free of our credentials: for a caller who speaks its format, and for nobody else. */
  verbatim?: Readonly<Record<string, unknown>>;
  /** Overrides the table's rule, where an upstream said more than its status. */
  retry?: Retry;
  cause?: unknown;
}

/** The only error thrown on purpose. Anything else that reaches a response encoder becomes `internal_error`. */
export class MeshError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly type: string;
  readonly retry: Retry;
  readonly param: string | null;
  readonly details: unknown;
  readonly providerCode: string | null;
  readonly retryAfterSeconds: number | null;
  readonly verbatim: Readonly<Record<string, unknown>> | null;

  constructor(code: ErrorCode, more: ErrorDetails = {}) {
    const rule: ErrorRule = errorTable[code];
    super(more.message ?? rule.message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'MeshError';
    this.code = code;
    this.status = rule.status;
    this.type = rule.type;
    this.retry = more.retry ?? rule.retry;
    this.param = more.param ?? null;
    this.details = more.details ?? null;
    this.providerCode = more.providerCode ?? null;
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.verbatim = more.verbatim ?? null;
  }

  /** The same error, but for what is said. */
  with(changes: ErrorDetails): MeshError {
    const { code, message, retry, details, cause } = this;
    return new MeshError(code, {
      message,
      retry,
      details,
      ...(this.param === null ? {} : { param: this.param }),
      ...(this.providerCode === null ? {} : { providerCode: this.providerCode }),
      ...(this.retryAfterSeconds === null ? {} : { retryAfterSeconds: this.retryAfterSeconds }),
      ...(this.verbatim === null ? {} : { verbatim: this.verbatim }),
      ...(cause === undefined ? {} : { cause }),
      ...changes,
    });
  }
}

/** Any thrown value as a `MeshError`; what was not thrown on purpose keeps its text to itself. */
export function toMeshError(thrown: unknown): MeshError {
  return thrown instanceof MeshError ? thrown : new MeshError('internal_error', { cause: thrown });
}
