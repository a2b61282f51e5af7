import type { Endpoint } from '../../core/endpoints/endpoint.ts';

/** Whether an endpoint of chat is sent the caller's own body, unknown fields included, and not what was understood of it. */
export function passesOn(raw: Readonly<Record<string, unknown>>, { format, request }: Endpoint): boolean {
  return format === 'chat' && request.unknown === 'pass' && Array.isArray(raw.messages);
}
