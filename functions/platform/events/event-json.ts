/**
 * The data of an event as it travels. The store gives whole numbers back as `bigint`, which JSON does not know: each is a number as
 * long as a number is exact (up to 2^53), a decimal string beyond. Dates are ISO 8601.
 */
export function encodeEventData(data: Readonly<Record<string, unknown>>): string {
  try {
    // Those of charges have none, and are many: without a function for each value this takes a fraction of the time.
    return JSON.stringify(data);
  } catch {
    return JSON.stringify(data, (_name, value: unknown) => (typeof value === 'bigint' ? plain(value) : value));
  }
}

function plain(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
