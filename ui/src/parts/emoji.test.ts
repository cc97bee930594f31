import { describe, expect, it } from 'vitest';
import { EMOJI, moved, REACTIONS } from './emoji';

describe('emoji', () => {
  it('are one grapheme of at most 16 bytes each, and none is there twice', () => {
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
    for (const set of [EMOJI, REACTIONS]) {
      expect(new Set(set).size).toBe(set.length);
      for (const emoji of set) {
        expect(Array.from(graphemes.segment(emoji))).toHaveLength(1);
        expect(new TextEncoder().encode(emoji).length).toBeLessThanOrEqual(16);
      }
    }
  });

  it('are walked through by arrows and never fallen off', () => {
    expect(moved('ArrowRight', 0, 32, 8)).toBe(1);
    expect(moved('ArrowDown', 3, 32, 8)).toBe(11);
    expect(moved('ArrowUp', 3, 32, 8)).toBe(3);
    expect(moved('End', 3, 32, 8)).toBe(31);
    expect(moved('Home', 3, 32, 8)).toBe(0);
    expect(moved('x', 3, 32, 8)).toBeNull();
  });
});
