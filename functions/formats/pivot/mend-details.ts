import { formatInId } from './detail-id.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The fields in which details have their text, and which of them a type has. */
const texts = { 'reasoning.summary': 'summary', 'reasoning.text': 'text', 'reasoning.encrypted': 'data' } as const;
type DetailType = keyof typeof texts;

/**
 * The `reasoning_details` of a message as they were given, whatever the client has made of them. Many keep the pieces of a stream
 * as they came; OpenAI's own helper for Python joins the strings of pieces that share an index, be they formats, ids or of two
 * types; the one for Node keeps the last delta alone. What was joined is taken apart where that is certain. Where a part is lost
 * none is left: half of a thought is refused, and a turn without any is not.
 */
export function mendDetails(details: unknown): unknown {
  if (!Array.isArray(details) || !details.every(isDetail)) return details;
  const whole = joinPieces(details.flatMap(takeApart));
  return isTorn(whole) ? [] : withFormats(whole);
}

/** The formats that a client has lost, from ids that say them, or from the others: all details of an answer have one issuer. */
function withFormats(details: readonly Fields[]): Fields[] {
  const said = details.map((detail) => {
    const format = formatInId(detail.id);
    if (format === null) return detail;
    const { id: _ours, ...rest } = detail;
    return { ...rest, format: detail.format ?? format };
  });
  const known = said.find(({ format }) => format != null)?.format;
  return known === undefined ? said : said.map((detail) => ({ ...detail, format: detail.format ?? known }));
}

/** The details that one entry holds: more than one where a client has joined some of one index. */
function takeApart(entry: Fields): Fields[] {
  const { once: format, times } = unrepeat(entry.format);
  const id = unrepeat(entry.id).times === times ? unrepeat(entry.id).once : entry.id;
  const { summary, text, signature, data, ...rest } = entry;
  const common = { ...rest, ...(format === undefined ? {} : { format }), ...(id === undefined ? {} : { id }) };
  const isJoined = data !== undefined && (summary !== undefined || text !== undefined);
  // Nobody can say which of both comes first, or what else there was between them.
  if (!isJoined || signature !== undefined) return [{ ...entry, ...common }];
  return [
    ...(summary === undefined ? [] : [{ ...common, type: 'reasoning.summary', summary }]),
    ...(text === undefined ? [] : [{ ...common, type: 'reasoning.text', text }]),
    { ...common, type: 'reasoning.encrypted', data },
  ];
}

/** Pieces in a row become one. Those of text without an index belong together up to the signature, which is always the last. */
function joinPieces(pieces: readonly Fields[]): Fields[] {
  const joined: Fields[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && continues(last, piece)) joined[joined.length - 1] = join(last, piece);
    else joined.push(piece);
  }
  return joined;
}

function continues(last: Fields, piece: Fields): boolean {
  const isSame = (name: string) => piece[name] == null || piece[name] === last[name];
  if (last.type !== piece.type || last.index !== piece.index || !isSame('format') || !isSame('id')) return false;
  if (piece.type === 'reasoning.text') return !last.signature;
  return piece.index !== undefined && (piece.type === 'reasoning.summary' || piece.format == null);
}

function join(last: Fields, piece: Fields): Fields {
  const field = texts[piece.type as DetailType];
  const text = `${last[field] ?? ''}${piece[field] ?? ''}`;
  const signature = piece.signature ?? last.signature;
  return { ...last, [field]: text, ...(signature == null ? {} : { signature }) };
}

/**
 * Whether something is lost: the text that a signature is of (the text of a thought that is not shown is empty), which of two
 * things a detail was, or a sealed detail that came before.
 */
function isTorn(details: readonly Fields[]): boolean {
  let sealed = 0;
  return details.some(({ data, text, signature, after }) => {
    if (signature && (text == null || data !== undefined)) return true;
    if (typeof after === 'number' && after > sealed) return true;
    if (signature || data !== undefined) sealed++;
    return false;
  });
}

/** A text that was put behind itself some times, once. */
function unrepeat(text: unknown): { once: unknown; times: number } {
  if (typeof text !== 'string' || text === '') return { once: text, times: 1 };
  // The first place, beyond its beginning, where a text is found in its double is the length of what it repeats.
  const length = (text + text).indexOf(text, 1);
  return { once: text.slice(0, length), times: text.length / length };
}

function isDetail(detail: unknown): detail is Fields {
  return typeof detail === 'object' && detail !== null && Object.hasOwn(texts, String((detail as Fields).type));
}
