/** Emoji that float over the meeting, one press away. */
export const REACTIONS = ['👍', '👏', '❤️', '😂', '😮', '🎉', '🤔', '👎'] as const;

/** Emoji that can be put into a message. */
export const EMOJI = [
  ...['🙂', '😀', '😂', '😊', '😍', '😉', '😎', '🤔'],
  ...['😮', '😕', '😢', '😭', '😡', '😴', '🤯', '🥳'],
  ...['👍', '👎', '👏', '🙏', '💪', '👋', '🤝', '👀'],
  ...['❤️', '🔥', '🎉', '✅', '❌', '⭐', '☕', '🚀'],
] as const;

/** Where an arrow key leads in a grid of `count` things, `columns` wide; `null`: the key is somebody else's. */
export function moved(key: string, at: number, count: number, columns: number): number | null {
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = steps[key];
  if (step === undefined) return null;
  const next = at + step;
  return next < 0 || next >= count ? at : next;
}
