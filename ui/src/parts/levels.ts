/** Below this level (dBFS) it is room noise, not speech. */
export const AUDIBLE = -45;

/** How strongly a level shows, 0 … 1: −60 dBFS and below is nothing, −12 dBFS and above is all. */
export function strength(level: number): number {
  return Math.min(1, Math.max(0, (level + 60) / 48));
}
