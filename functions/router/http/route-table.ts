import { MeshError } from '../../core/errors.ts';
import type { Route } from './route.ts';

/** What there is at a path. */
export interface Place<Services> {
  /** At least one; all of one path. */
  routes: readonly [Route<Services>, ...Route<Services>[]];
  /** What the pattern of the path captured, decoded; empty where it has none. */
  param: string;
}

export interface RouteTable<Services> {
  readonly routes: readonly Route<Services>[];
  /** Null where there is no such path. */
  find(path: string): Place<Services> | null;
  /** The nearest place above a path, whose manners it has where it is none itself. Null where there is none. */
  above(path: string): Place<Services> | null;
}

interface Pattern<Services> {
  expression: RegExp;
  routes: [Route<Services>, ...Route<Services>[]];
}

const CAPTURE = /\{\w+(\+?)\}/;

/** Compiles a list of routes. Of patterns that match the same path the first in the list wins. */
export function createRouteTable<Services>(routes: readonly Route<Services>[]): RouteTable<Services> {
  const fixed = new Map<string, [Route<Services>, ...Route<Services>[]]>();
  const patterns = new Map<string, Pattern<Services>>();
  for (const route of routes) {
    if (!CAPTURE.test(route.path)) {
      fixed.set(route.path, [...(fixed.get(route.path) ?? []), route] as [Route<Services>]);
      continue;
    }
    const known = patterns.get(route.path);
    if (known === undefined) patterns.set(route.path, { expression: toExpression(route.path), routes: [route] });
    else known.routes.push(route);
  }
  function find(path: string): Place<Services> | null {
    const found = fixed.get(path);
    if (found !== undefined) return { routes: found, param: '' };
    for (const { expression, routes: ofPattern } of patterns.values()) {
      const match = expression.exec(path);
      if (match !== null) return { routes: ofPattern, param: decode(match[1] ?? '') };
    }
    return null;
  }
  return {
    routes,
    find,
    above(path) {
      for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
        const place = find(path.slice(0, at));
        if (place !== null) return place;
      }
      return null;
    },
  };
}

/** The methods that a path takes: HEAD wherever there is GET, and OPTIONS everywhere. */
export function methodsOf({ routes }: Pick<Place<never>, 'routes'>): string[] {
  const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...methods, 'OPTIONS'];
}

/** The route for a method. Throws `method_not_allowed`. */
export function routeFor<Services>(place: Place<Services>, method: string | undefined): Route<Services> {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const route = place.routes.find((each) => each.method === wanted);
  if (route !== undefined) return route;
  throw new MeshError('method_not_allowed', { message: `This path takes ${methodsOf(place).join(', ')}.` });
}

/** `/v1/keys/{id}` as an expression whose one group is the id. */
function toExpression(path: string): RegExp {
  const [before = '', many, after = ''] = path.split(CAPTURE);
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped(before)}(${many === '+' ? '.+' : '[^/]+'})${escaped(after)}$`);
}

function decode(param: string): string {
  try {
    return decodeURIComponent(param);
  } catch {
    return param;
  }
}
