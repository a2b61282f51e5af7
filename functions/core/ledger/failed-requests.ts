/**
 * `failed_requests/{request}`: a request that held money and got no answer, with the fields of a charge of nothing, so that it is
 * counted and shown like one. No line of the ledger: it is forgotten after `FAILED_REQUEST_LIFE_MS`.
 */
export const FAILED_REQUESTS = 'failed_requests';

export const FAILED_REQUEST_LIFE_MS = 7 * 24 * 3_600_000;
