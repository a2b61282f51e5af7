import type { TextPart, UserPart } from '../pivot/chat-request.ts';
import { textOf } from '../shared/text-of.ts';
import type { Unsaid } from '../shared/unsaid.ts';
import { refuseCostlyBlock } from './costly-fields.ts';
import { type BlockOf, blockFields, type ContentBlock } from './messages-request.ts';
import { parseCacheControl } from './parse-cache-control.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A block that a user or a tool says, as parts; none for one that no other format has. `param` is its path. */
export function parsePart(block: ContentBlock, param: string, unsaid: Unsaid): UserPart[] {
  refuseCostlyBlock(block, param);
  unsaid.beyond(block, blockFields.get(block.type));
  switch (block.type) {
    case 'text':
      return [parseText(block as BlockOf<'text'>)];
    case 'image':
      return [parseImage(block as BlockOf<'image'>)];
    case 'document':
      return parseDocument(block as BlockOf<'document'>, param, unsaid);
    case 'search_result':
      return [parseSearchResult(block as BlockOf<'search_result'>, param, unsaid)];
    case 'tool_reference':
      return [{ type: 'text', text: toolReferenceText(block) }];
    default:
      unsaid.block(block, param);
      return [];
  }
}

/** What a search for tools found, in words: the definitions of all tools are there already. */
export function toolReferenceText({ tool_name }: Fields): string {
  return `The tool ${textOf(tool_name)} can be used.`;
}

export function parseText({ text, cache_control }: BlockOf<'text'>): TextPart {
  return { type: 'text', text, ...parseCacheControl(cache_control) };
}

function parseImage({ source, cache_control }: BlockOf<'image'>): UserPart {
  return { type: 'image_url', image_url: { url: toUrl(source) }, ...parseCacheControl(cache_control) };
}

/** PDFs and what has to be fetched are files; texts are texts, with their title before them. */
function parseDocument(block: BlockOf<'document'>, param: string, unsaid: Unsaid): UserPart[] {
  const { source, title, context, citations, cache_control } = block;
  if (citations?.enabled) unsaid.need(`${param}.citations`);
  const marker = parseCacheControl(cache_control);
  const head = [title, context].flatMap((text) => (text ? [`${text}\n`] : []));
  if (source.type === 'text') return [{ type: 'text', text: `${head.join('')}${source.data}`, ...marker }];
  if (source.type === 'content') {
    const titled = head.map((text): UserPart => ({ type: 'text', text }));
    if (typeof source.content === 'string') return [...titled, { type: 'text', text: source.content, ...marker }];
    const at = `${param}.source.content`;
    return [...titled, ...source.content.flatMap((inner, index) => parsePart(inner, `${at}.${index}`, unsaid))];
  }
  const file = { file_data: toUrl(source), ...(title ? { filename: title } : {}) };
  const about: UserPart[] = context ? [{ type: 'text', text: context }] : [];
  return [...about, { type: 'file', file, ...marker }];
}

function parseSearchResult(block: BlockOf<'search_result'>, param: string, unsaid: Unsaid): UserPart {
  const { source, title, content, citations, cache_control } = block;
  if (citations?.enabled) unsaid.need(`${param}.citations`);
  const text = [title, source, ...content.map((each) => each.text)].join('\n');
  return { type: 'text', text, ...parseCacheControl(cache_control) };
}

function toUrl(source: Fields): string {
  if (source.type === 'base64') return `data:${textOf(source.media_type)};base64,${textOf(source.data)}`;
  return textOf(source.url);
}
