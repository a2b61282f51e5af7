import { describe, expect, test } from '@jest/globals';
import type { Route } from './route.ts';
import { createRouteTable, methodsOf, type Place, routeFor } from './route-table.ts';

const route = (method: Route<never>['method'], path: string) => ({ method, path, operationId: `${method} ${path}` });
const table = createRouteTable([
  route('GET', '/v1/models'),
  route('POST', '/v1/models'),
  route('GET', '/v1/models/{id+}/endpoints'),
  route('GET', '/v1/models/{id+}'),
  route('GET', '/v1/keys/{id}'),
  route('DELETE', '/v1/keys/{id}'),
  route('GET', '/openapi.json'),
] as unknown as Route<never>[]);
const found = (path: string) => {
  const place = table.find(path);
  return place === null ? null : [place.routes.map(({ operationId }) => operationId), place.param];
};

describe('a table of routes', () => {
  test.each([
    ['/v1/models', ['GET /v1/models', 'POST /v1/models'], ''],
    ['/v1/models/acme/large', ['GET /v1/models/{id+}'], 'acme/large'],
    ['/v1/models/acme/large/endpoints', ['GET /v1/models/{id+}/endpoints'], 'acme/large'],
    ['/v1/models/acme%2Flarge', ['GET /v1/models/{id+}'], 'acme/large'],
    ['/v1/models/%zz', ['GET /v1/models/{id+}'], '%zz'],
    ['/v1/keys/key_1', ['GET /v1/keys/{id}', 'DELETE /v1/keys/{id}'], 'key_1'],
  ])('%s', (path, routes, param) => expect(found(path)).toEqual([routes, param]));

  test.each(['/v1/keys/a/b', '/v1/keys/', '/v1', '/v1/models/', '/openapiXjson', '/V1/models'])(
    'there is no %s',
    (path) => expect(found(path)).toBeNull(),
  );

  test.each([
    ['/v1/keys/key_1/b/c', 'GET /v1/keys/{id}'],
    ['/openapi.json/', 'GET /openapi.json'],
    ['/v1/none', undefined],
    ['/', undefined],
    ['', undefined],
  ])('knows what is above %s', (path, above) => expect(table.above(path)?.routes[0].operationId).toBe(above));

  test('gives the route of a method, GET’s for HEAD, and says what else there is', () => {
    const place = table.find('/v1/keys/key_1') as Place<never>;
    expect(routeFor(place, 'DELETE').operationId).toBe('DELETE /v1/keys/{id}');
    expect(routeFor(place, 'HEAD').operationId).toBe('GET /v1/keys/{id}');
    expect(methodsOf(place)).toEqual(['GET', 'HEAD', 'DELETE', 'OPTIONS']);
    expect(() => routeFor(place, 'POST')).toThrow('This path takes GET, HEAD, DELETE, OPTIONS.');
  });
});
