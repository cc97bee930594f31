import { describe, expect, it } from 'vitest';
import { MutedSpeech } from './muted';

/** What is told, and at which reading. */
function told(levels: number[]): [number, boolean][] {
  const listener = new MutedSpeech();
  return levels.flatMap((level, at): [number, boolean][] => {
    const news = listener.hear(level);
    return news === null ? [] : [[at, news]];
  });
}
const of = (count: number, level: number) => Array<number>(count).fill(level);

describe('speech while muted', () => {
  it('is noticed within 300 ms and over after four quiet seconds', () => {
    expect(told([...of(20, -60), ...of(10, -20), ...of(60, -60)])).toEqual([
      [22, true],
      [69, false],
    ]);
  });

  it('is not a cough, nor the noise of the room', () => {
    expect(told([...of(20, -60), -10, -10, ...of(30, -60)])).toEqual([]);
    expect(told(of(200, -30))).toEqual([]);
  });

  it('ends when the gate is opened', () => {
    const listener = new MutedSpeech();
    for (const level of [-60, -20, -20, -20]) listener.hear(level);
    expect([listener.reset(), listener.reset()]).toEqual([false, null]);
  });
});
