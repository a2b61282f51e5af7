import { type ErrorCode, MeshError } from '../../core/errors.ts';
import type { Route } from './route.ts';

/** What any call may meet: a version that is not served, a store that cannot be reached, a fault of ours. */
const always = ['invalid_api_version', 'provider_not_available', 'internal_error'] as const;
const ofKeys = ['unauthorized', 'forbidden'] as const;
const ofBodies = ['bad_request', 'invalid_request_error', 'payload_too_large'] as const;

/** All codes that a route may refuse with, the same in whatever order it names them. */
export function errorCodesOf({ access, body, errors = [] }: Pick<Route<never>, 'access' | 'body' | 'errors'>) {
  const codes = new Set<ErrorCode>([
    ...always,
    ...(access === 'open' ? [] : ofKeys),
    ...(body === undefined ? [] : ofBodies),
    ...errors,
  ]);
  // What Mesh's own SDKs are told instead.
  if (codes.has('invalid_request_error')) codes.add('validation_error');
  return [...codes].sort();
}

/** The same by status, which is the route's surface's to choose. */
export function errorStatusesOf(route: Pick<Route<never>, 'access' | 'body' | 'errors' | 'surface'>) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorCodesOf(route)) {
    const { status } = route.surface.refuse(new MeshError(code), {
      requestId: '',
      label: null,
      meshSdk: false,
      more: {},
    });
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}
