import { MeshError } from '../../core/errors.ts';

/** undici's names for what can break, as identifiers that still mean something to someone who does not know undici. */
const names: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'socket_closed',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_INFO: 'socket_closed',
  UND_ERR_HEADERS_OVERFLOW: 'headers_too_large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'truncated_body',
  UND_ERR_INVALID_ARG: 'invalid_request',
  PRIVATE_ADDRESS: 'private_address',
};

/**
 * Why a connection could not be made or broke, as `upstream_error`: the system's or TLS's own code (`ECONNREFUSED`,
 * `CERT_HAS_EXPIRED`), or a name from the table. The error itself is not kept: its text has addresses, and a parser's
 * error has the bytes it could not parse.
 */
export function connectionFailure(error: unknown): MeshError {
  return new MeshError('upstream_error', { providerCode: providerCode(error) });
}

function providerCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'connection_failed';
  // The parser's errors have a code only sometimes.
  if ('name' in error && error.name === 'HTTPParserError') return 'invalid_http';
  // OpenSSL's reasons have slashes: `ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE`.
  const code = 'code' in error ? String(error.code).replaceAll('/', '_') : '';
  return names[code] ?? (/^[A-Z][A-Z0-9_]{2,63}$/.test(code) ? code : 'connection_failed');
}
