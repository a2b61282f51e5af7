import { errorCodesOf } from '../../functions/router/http/error-codes.ts';
import { createRouteTable } from '../../functions/router/http/route-table.ts';
import { routes } from '../../functions/router/routes.ts';
import type { MemoryLog } from './memory-log.ts';

const table = createRouteTable(routes);

/** Refusals in a log that `/openapi.json` does not know of, as `path: code`. What a path or a method is refused for is no route's. */
export function undocumentedRefusals({ lines }: Pick<MemoryLog, 'lines'>): string[] {
  const refusals = lines.filter(({ message, fields }) => message === 'refused' && fields.code !== 'method_not_allowed');
  const unknown = refusals.flatMap(({ fields: { path, code } }) => {
    const place = table.find(String(path));
    if (place === null) return [];
    const known = place.routes.flatMap((route): string[] => errorCodesOf(route));
    return known.includes(String(code)) ? [] : [`${path}: ${code}`];
  });
  return [...new Set(unknown)];
}
