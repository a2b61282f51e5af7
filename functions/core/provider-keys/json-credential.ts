import { createPrivateKey } from 'node:crypto';

/** A credential that is JSON: the keys of an AWS account, or a Google service account. */
export type JsonCredential =
  | { type: 'aws'; accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  /** `privateKey`: PEM, of RSA. */
  | { type: 'google'; email: string; privateKey: string };

/** Whether a credential is meant to be JSON; any other text is a key as it is. */
export function isJsonCredential(text: string): boolean {
  return text.trimStart().startsWith('{');
}

/**
 * Of a service account its file as Google gives it, of AWS `access_key_id`, `secret_access_key` and maybe `session_token`. Null for what
 * is neither, whole. Of a service account no address is taken over: whoever wrote the file would say where it is sent.
 */
export function parseJsonCredential(text: string): JsonCredential | null {
  const fields = fieldsOf(text);
  const { access_key_id, secret_access_key, session_token, type, client_email, private_key } = fields;
  if (typeof access_key_id === 'string' && typeof secret_access_key === 'string') {
    const session = typeof session_token === 'string' ? { sessionToken: session_token } : {};
    return { type: 'aws', accessKeyId: access_key_id, secretAccessKey: secret_access_key, ...session };
  }
  if (type !== 'service_account' || typeof client_email !== 'string' || typeof private_key !== 'string') return null;
  return isRsaKey(private_key) ? { type: 'google', email: client_email, privateKey: private_key } : null;
}

/** What of a credential is kept: no more than it is used for, in one line. */
export function storedJson(credential: JsonCredential): string {
  if (credential.type === 'google') {
    const { email, privateKey } = credential;
    return JSON.stringify({ type: 'service_account', client_email: email, private_key: privateKey });
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credential;
  return JSON.stringify({
    access_key_id: accessKeyId,
    secret_access_key: secretAccessKey,
    session_token: sessionToken,
  });
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    // The parser's own message would quote the secret.
    return {};
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
