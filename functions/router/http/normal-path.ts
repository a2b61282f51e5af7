/**
 * A path as the routes are written: base URLs that end in a slash give double ones, some clients end paths with one, and
 * who is used to OpenRouter's base URL says `/api/v1`.
 */
export function normalPath(path: string): string {
  const single = path.replace(/\/{2,}/g, '/');
  const bare = single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single;
  return bare.startsWith('/api/v1/') ? bare.slice('/api'.length) : bare;
}
