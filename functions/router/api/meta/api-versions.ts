import { API_VERSIONS } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';

/** `GET /v1/api-versions`. */
export function listApiVersions(): Reply {
  return { status: 200, body: { versions: API_VERSIONS, default: API_VERSIONS[0] } };
}
