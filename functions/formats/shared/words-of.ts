import { isRecord } from './is-record.ts';

/** Where providers put the words of an error, the most precise first. */
const places = [
  'message',
  'msg',
  'detail',
  'details',
  'error',
  'errors',
  'reason',
  'error_msg',
  'status_msg',
  'description',
  'title',
];
/** Deep enough for every envelope that was seen, and for no more. */
const MAX_DEPTH = 6;
/** Of a list of mistakes so many are told. */
const MAX_MISTAKES = 3;

/**
 * The words of an error, wherever its provider puts them: a text, a list of mistakes, envelopes within each other (Mistral says
 * `{"message": {"detail": [{"loc": …, "msg": …}]}}`). Empty where there are none.
 */
export function wordsOf(error: unknown, depth = 0): string {
  if (typeof error === 'string') return error.trim();
  if (depth === MAX_DEPTH) return '';
  if (Array.isArray(error)) {
    const mistakes = error.map((mistake: unknown) => wordsOf(mistake, depth + 1)).filter((words) => words !== '');
    return mistakes.slice(0, MAX_MISTAKES).join('; ');
  }
  if (!isRecord(error)) return '';
  for (const place of places) {
    const words = wordsOf(error[place], depth + 1);
    if (words !== '') return words;
  }
  return '';
}

/** The field that an error is about, as FastAPI names it: the first `loc` in it, without the body it stands in. Empty for none. */
export function fieldOf(error: unknown, depth = 0): string {
  if (depth === MAX_DEPTH) return '';
  if (Array.isArray(error)) return error.length === 0 ? '' : fieldOf(error[0], depth + 1);
  if (!isRecord(error)) return '';
  if (Array.isArray(error.loc)) return error.loc.filter((step) => step !== 'body').join('.');
  return fieldOf(error.message, depth + 1) || fieldOf(error.detail, depth + 1);
}
