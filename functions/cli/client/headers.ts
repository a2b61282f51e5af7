/** What each call of the router says of itself. */
export function headersOf(key: string | null, hasBody: boolean): Record<string, string> {
  return {
    'x-source': 'mesh-cli',
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
  };
}
