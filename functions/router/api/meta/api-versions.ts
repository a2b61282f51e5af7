import { API_VERSIONS } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';

/** `GET /v1/api-versions`: oldest first, as Mesh's own SDKs read it. */
export function listApiVersions(): Reply {
  const body = API_VERSIONS.map((label, at) => ({
    label,
    status: 'ga',
    baseline: at === 0,
    latest: at === API_VERSIONS.length - 1,
  }));
  return { status: 200, body };
}
