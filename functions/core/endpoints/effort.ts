/** Levels of reasoning effort, by OpenAI's names and Claude's `max`, from none to most. */
export const effortLevels = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type EffortLevel = (typeof effortLevels)[number];

/**
 * The level that an endpoint is asked for: the nearest of those it takes, the lower of two that are as near. Who wants some
 * reasoning never gets none, and who wants none gets the least there is. Null where it takes no level at all.
 */
export function nearestEffort(wanted: EffortLevel, taken: readonly EffortLevel[]): EffortLevel | null {
  if (taken.includes(wanted)) return wanted;
  const place = effortLevels.indexOf(wanted);
  let nearest: EffortLevel | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const [at, level] of effortLevels.entries()) {
    const distance = Math.abs(at - place);
    if (level === 'none' || !taken.includes(level) || distance >= least) continue;
    nearest = level;
    least = distance;
  }
  return nearest;
}
