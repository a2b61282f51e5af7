/** A call of a tool while its pieces come. */
export interface GrowingCall {
  /** What its pieces are told apart by: any number, as the provider counts. */
  index: number;
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export interface CallPiece {
  index: number;
  id?: string;
  function?: { name?: string; arguments?: string };
}

/** The calls with one more piece: first comes a name, then its arguments. However a provider counts, there is no gap between them. */
export function withPiece(calls: readonly GrowingCall[], { index, id, function: piece }: CallPiece): GrowingCall[] {
  const known = calls.find((call) => call.index === index);
  const grown: GrowingCall = {
    index,
    id: id ?? known?.id ?? '',
    type: 'function',
    function: {
      name: (known?.function.name ?? '') + (piece?.name ?? ''),
      arguments: (known?.function.arguments ?? '') + (piece?.arguments ?? ''),
    },
  };
  return known === undefined ? [...calls, grown] : calls.map((call) => (call === known ? grown : call));
}
