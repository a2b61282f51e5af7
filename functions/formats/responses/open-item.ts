/** An output item as it is written. */
export type OutputItemFields = Readonly<Record<string, unknown>> & { id: string; type: string };

export type ItemStatus = 'completed' | 'incomplete';

/** Writes an event of an item, whose place in the output is added. */
export type Emit = (type: string, fields: Readonly<Record<string, unknown>>) => void;

/** Which item of which answer it is. */
export interface ItemPlace {
  answerId: string;
  /** In the output. */
  index: number;
}

/** An output item that has begun. */
export interface OpenItem {
  readonly index: number;
  /** As it is said to begin. */
  begun(): OutputItemFields;
  /** Ends it, with the events of its end: as it is shown, and as an id carries it. */
  end(status: ItemStatus): { shown: OutputItemFields; carried: OutputItemFields };
}

/** An id that no other item has. It refers to nothing by itself. `kind`: `msg`, `rs` … */
export function itemId(kind: string, { answerId, index }: ItemPlace): string {
  return `${kind}_${answerId}_${index}`;
}
