import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { clientAddress } from './client-address.ts';

const from = (forwarded: string | undefined, proxies: number) =>
  clientAddress(
    { headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress: '10.0.0.1' } } as unknown as IncomingMessage,
    proxies,
  );

test.each([
  ['nobody stands before the router, whatever is said', '6.6.6.6', 0, '10.0.0.1'],
  ['one proxy says whom it saw', '6.6.6.6, 203.0.113.7', 1, '203.0.113.7'],
  ['a load balancer says whom it saw, and itself', '6.6.6.6,203.0.113.7,198.51.100.1', 2, '203.0.113.7'],
  ['a call has come another way', undefined, 2, '10.0.0.1'],
  ['fewer have spoken than should', '203.0.113.7', 2, '10.0.0.1'],
])('where %s', (_, forwarded, proxies, address) => expect(from(forwarded, proxies)).toBe(address));
