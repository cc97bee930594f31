import type { Problem } from '../contract';
import type { Key } from '../words';

/** Where an organiser has closed something, the details say what. */
const CLOSED = ['video', 'screen'] as const;

/** The words for a problem: its title and one sentence. */
export function wordsOf({ code, details }: Problem): { title: Key; text: Key } {
  const closed = code === 'silencedByOrganiser' ? CLOSED.find((what) => what === details) : undefined;
  return closed
    ? { title: `problem.silencedByOrganiser.${closed}.title`, text: `problem.silencedByOrganiser.${closed}.text` }
    : { title: `problem.${code}.title`, text: `problem.${code}.text` };
}

/** What is still to be told where a line says already that the connection is being restored. */
export const besides = (problems: readonly Problem[], restoring: boolean): readonly Problem[] =>
  restoring ? problems.filter(({ code }) => code !== 'connectionLost' && code !== 'mediaLost') : problems;

/** How much it wants to be looked at: something to act on, something that is being mended, or a mere fact. */
export const toneOf = ({ code, next }: Problem): 'warn' | 'wait' | 'calm' =>
  code === 'shareEnded' ? 'calm' : next === 'wait' ? 'wait' : 'warn';

/** What whoever put us out, or did not let us in, says about it; empty when nothing. */
export const reasonOf = ({ code, details }: Problem): string =>
  code === 'removed' || code === 'notAdmitted' ? details.trim() : '';

/** The technical fact, where the details are one. */
export const factOf = (problem: Problem): string =>
  problem.code === 'silencedByOrganiser' || reasonOf(problem) !== '' ? '' : problem.details;
