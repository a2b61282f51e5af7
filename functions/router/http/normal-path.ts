/** What Google's clients ask of a model, behind its name. */
const GOOGLES =
  /^\/(v1|v1alpha)\/models\/.+:(generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/;

/**
 * A path as the routes are written: base URLs that end in a slash give double ones, some clients end paths with one, who is
 * used to OpenRouter's base URL says `/api/v1`, and who gives the base URL of OpenAI's clients to Anthropic's `/v1/v1`.
 * Google's clients have the same paths below `v1`, `v1beta` and `v1alpha`.
 */
export function normalPath(path: string): string {
  const single = path.replace(/\/{2,}/g, '/');
  const bare = single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single;
  const own = bare.startsWith('/api/v1/') ? bare.slice('/api'.length) : bare;
  const once = own.startsWith('/v1/v1/') ? own.slice('/v1'.length) : own;
  return GOOGLES.test(once) ? once.replace(/^\/\w+/, '/v1beta') : once;
}
