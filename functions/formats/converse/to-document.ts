import type { InlineData } from '../shared/data-url.ts';
import type { ContentBlock, DocumentFormat } from './wire.ts';

const formats: Readonly<Record<string, DocumentFormat>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/markdown': 'md',
};

const MAX_NAME_LENGTH = 200;
const UNNAMED = 'document';

/** Gives every document of a request a name of its own, which the API asks for. */
export type NameDocument = (filename: string | undefined) => string;

/**
 * Names in the letters that the API takes: no dots, no white space in a row. The same file name twice gets a number,
 * always the same one, so that a cached prompt stays as it was.
 */
export function createNameDocument(): NameDocument {
  const taken = new Set<string>();
  return (filename) => {
    const stem = toName(filename ?? '');
    let name = stem;
    for (let count = 2; taken.has(name); count++) name = `${stem} (${count})`;
    taken.add(name);
    return name;
  };
}

function toName(filename: string): string {
  const name = filename
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    .replace(/[^A-Za-z0-9\s()[\]-]/g, '-')
    .replace(/\s+/g, ' ')
    .slice(0, MAX_NAME_LENGTH - ' (9999)'.length)
    .trim();
  return /[A-Za-z0-9]/.test(name) ? name : UNNAMED;
}

/** Any text that has no format of its own is plain text; null for what is no document. */
export function toDocument(inline: InlineData, name: string): ContentBlock | null {
  const { mediaType, data } = inline;
  const known = Object.hasOwn(formats, mediaType) ? formats[mediaType] : undefined;
  const format = known ?? (mediaType.startsWith('text/') ? 'txt' : undefined);
  return format === undefined ? null : { document: { format, name, source: { bytes: data } } };
}
