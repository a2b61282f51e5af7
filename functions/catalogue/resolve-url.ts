import type { EmbeddingShape } from '../core/endpoints/embedding-rules.ts';
import type { FormatName } from '../core/endpoints/endpoint.ts';

/** The model as a path segment of Vertex AI, for a `base_url` that does not name it. */
const VERTEX_MODEL = '/v1/projects/{project}/locations/{region}/publishers/google/models/{model}';

/** Paths of the formats, after a `base_url`. */
const ofFormat: Readonly<Record<FormatName, { path: string; streamPath: string }>> = {
  chat: { path: '/chat/completions', streamPath: '/chat/completions' },
  responses: { path: '/responses', streamPath: '/responses' },
  messages: { path: '/v1/messages', streamPath: '/v1/messages' },
  gemini: { path: ':generateContent', streamPath: ':streamGenerateContent?alt=sse' },
  converse: { path: '/model/{model}/converse', streamPath: '/model/{model}/converse-stream' },
};

/** Where embeddings are asked for, after a `base_url`. */
const ofShape: Readonly<Record<EmbeddingShape, string>> = {
  openai: '/embeddings',
  gemini: ':batchEmbedContents',
  predict: ':predict',
  embed_content: ':embedContent',
  titan: '/model/{model}/invoke',
  cohere: '/model/{model}/invoke',
};

export interface UrlTemplates {
  url: string;
  streamUrl: string;
}

/** What a file says of its URLs, as templates with `{name}` in them. */
export function toUrlTemplates(
  format: FormatName,
  entry: { base_url: string; path?: string | undefined; stream_path?: string | undefined },
): UrlTemplates {
  const { base_url, path, stream_path } = entry;
  const own = ofFormat[format];
  const prefix = prefixOf(format, base_url);
  const streamDefault = own.path === own.streamPath && path !== undefined ? path : prefix + own.streamPath;
  return { url: join(base_url, path ?? prefix + own.path), streamUrl: join(base_url, stream_path ?? streamDefault) };
}

/** The same for embeddings, which are no stream. `path`: the endpoint's own, since a provider's is for its chats. */
export function toEmbeddingTemplates(
  shape: EmbeddingShape,
  format: FormatName,
  { base_url, path }: { base_url: string; path?: string | undefined },
): UrlTemplates {
  const url = join(base_url, path ?? prefixOf(format, base_url) + ofShape[shape]);
  return { url, streamUrl: url };
}

function prefixOf(format: FormatName, baseUrl: string): string {
  return format === 'gemini' && !baseUrl.includes('{model}') ? VERTEX_MODEL : '';
}

/** A slash on both sides of the seam is one slash. */
function join(base: string, path: string): string {
  return path.startsWith('/') ? base.replace(/\/+$/, '') + path : base + path;
}

/** What is wrong with a URL whose variables are filled; null where nothing is. */
export function mistakeInUrl(filled: string): string | null {
  if (/[{}]/.test(filled)) return 'has a brace that is no variable';
  const url = URL.parse(filled);
  if (url === null) return 'makes no valid URL';
  if (url.username !== '' || url.password !== '') return 'must not hold credentials: name a secret in auth';
  return url.hash === '' ? null : 'must have no fragment';
}

/** The same of a template, as far as can be said before its variables are known. */
export function mistakeInTemplate(template: string): string | null {
  return mistakeInUrl(template.replace(/:\{\w+\}/g, ':1').replace(/\{\w+\}/g, 'x'));
}

export type Variables = Readonly<Record<string, string>>;

/** The names in a template that have no value, in order. */
export function missingVariables(template: string, variables: Variables): string[] {
  if (!template.includes('{')) return [];
  return [...template.matchAll(/\{(\w+)\}/g)].flatMap(([, name = '']) =>
    Object.hasOwn(variables, name) ? [] : [name],
  );
}

export function fillTemplate(template: string, variables: Variables): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? whole) : whole,
  );
}

/**
 * An upstream model's name as one segment of a path. A colon is encoded, because Bedrock signs it so and Gemini puts
 * its verb behind one; an `@`, which a segment may hold and Vertex AI's versioned names do, stays.
 */
export function toPathSegment(upstreamModel: string): string {
  return encodeURIComponent(upstreamModel).replaceAll('%40', '@');
}

/** Adds a query to a URL that may have one already, such as Gemini's `?alt=sse`. */
export function appendQuery(url: string, query: Variables): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  if (pairs.length === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${pairs.join('&')}`;
}
