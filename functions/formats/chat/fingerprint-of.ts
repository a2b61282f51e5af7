/**
 * The `system_fingerprint` that an upstream gave an answer, where it is one: OpenAI's schema has no null there, and clients that
 * check by it refuse the answer.
 */
export function fingerprintOf(answer: object): string | null {
  const { system_fingerprint } = answer as { system_fingerprint?: unknown };
  return typeof system_fingerprint === 'string' && system_fingerprint !== '' ? system_fingerprint : null;
}
