import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../sim/random.ts';
import type { SmallDisk } from '../support/small-disk.ts';
import type { Stage } from './callers.ts';

/** How often it is looked whether the routers have noticed a full disk, and how long it may take at most. */
const LOOK_MS = 500;
const FULL_LIMIT_MS = 15_000;

/** One thing after the other is done to a router, or to the disk under all of them. */
export async function makeTrouble(
  stage: Stage,
  disk: SmallDisk | null,
  leaseMs: number,
  random: Random,
): Promise<void> {
  const kinds = ['kill', 'freeze', 'log', ...(disk === null ? [] : ['full' as const])] as const;
  for (let n = 0; stage.goesOn(); n++) {
    await pause(random.between(300, 1_500));
    if (!stage.goesOn()) return;
    // Each kind comes in turn, so that a short run has all of them; whom it meets is chance.
    const kind = kinds[n % kinds.length];
    const victim = stage.routers[Math.floor(random.next() * stage.routers.length)];
    if (victim === undefined || kind === undefined) continue;
    stage.count(`trouble: ${kind}`);
    if (kind === 'kill') await victim.restart();
    else if (kind === 'freeze') await victim.freeze(() => pause(leaseMs + random.between(200, 2_000)));
    else if (kind === 'log') victim.spoilLog(random.next() < 0.5 ? 'unread' : 'closed');
    else if (disk !== null) await fillFor(stage, disk, random.between(1_500, 3_500));
  }
}

/** A log that is written over and over has room of its own: it lasts until that is used up. */
async function fillFor(stage: Stage, disk: SmallDisk, milliseconds: number): Promise<void> {
  disk.fill();
  try {
    const until = performance.now() + FULL_LIMIT_MS;
    let closed = 0;
    while (closed === 0 && performance.now() < until) {
      await pause(LOOK_MS);
      const statuses = await Promise.all(stage.routers.map((router) => readiness(router.url())));
      closed = statuses.filter((status) => status === 503).length;
    }
    if (closed > 0) stage.count('full disk: /readyz says 503');
    await pause(milliseconds);
  } finally {
    disk.empty();
  }
}

async function readiness(url: string | null): Promise<number | null> {
  const reply = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(LOOK_MS * 4) }).catch(() => null);
  return reply?.status ?? null;
}
