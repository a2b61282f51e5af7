/** What `plant-allocation.ts` adds to each piece that a server writes: little more than the count of allocations lets pass. */
export const PLANTED_BYTES = 640;
