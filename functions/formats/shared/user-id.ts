import { hash } from 'node:crypto';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';

/**
 * Who the caller's user is, for an upstream's own watch over misuse. Anthropic refuses what looks like an email address or a
 * phone number, and wants to know nobody: a hash tells users apart as well.
 * https://docs.claude.com/en/api/messages#body-metadata-user-id
 */
export function toUserId(user: string, { request }: Endpoint): string {
  return request.userId === 'opaque' ? hash('sha256', user, 'hex') : user;
}
