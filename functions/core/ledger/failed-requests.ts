/** `failed_requests/{request}`: which endpoints failed a request that got no answer, and how. Never charged, soon forgotten. */
export const FAILED_REQUESTS = 'failed_requests';

/** How long that can be looked up. */
export const FAILED_REQUEST_LIFE_MS = 7 * 24 * 3_600_000;
