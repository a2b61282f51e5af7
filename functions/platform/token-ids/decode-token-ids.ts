import type { TokenEncoding } from '../../core/endpoints/embedding-rules.ts';

/** The text of ids of tokens; null where one of them is in no vocabulary. Ends that are cut within a character become U+FFFD. */
export type DecodeIds = (ids: readonly number[]) => string | null;

/** A vocabulary as `js-tiktoken` ships it: lines of a mark, the id of the first token, and the tokens in base64. */
interface Ranks {
  bpe_ranks: string;
  special_tokens: Readonly<Record<string, number>>;
}

/** A megabyte each, that few processes need: it is read when the first ids come. */
const load: Readonly<Record<TokenEncoding, () => Promise<{ default: Ranks }>>> = {
  cl100k_base: () => import('js-tiktoken/ranks/cl100k_base'),
};

const loaded = new Map<TokenEncoding, Promise<DecodeIds>>();

/** What makes text of an encoding's ids. Of the package only its data is used: its decoder builds all of its tables first. */
export function idDecoder(encoding: TokenEncoding): Promise<DecodeIds> {
  let decoder = loaded.get(encoding);
  if (decoder === undefined) {
    decoder = load[encoding]().then((module) => toDecoder(module.default));
    loaded.set(encoding, decoder);
  }
  return decoder;
}

function toDecoder({ bpe_ranks, special_tokens }: Ranks): DecodeIds {
  const tokens: (string | undefined)[] = [];
  for (const line of bpe_ranks.split('\n')) {
    const [, first, ...texts] = line.split(' ');
    const from = Number(first);
    for (const [at, text] of texts.entries()) tokens[from + at] = text;
  }
  const special = new Map(Object.entries(special_tokens).map(([text, id]) => [id, text]));
  return (ids) => {
    const bytes: Buffer[] = [];
    for (const id of ids) {
      const token = tokens[id];
      const text = special.get(id);
      if (token === undefined && text === undefined) return null;
      bytes.push(token === undefined ? Buffer.from(text ?? '') : Buffer.from(token, 'base64'));
    }
    return Buffer.concat(bytes).toString();
  };
}
