import { describe, expect, it } from 'vitest';
import { grid, MOST } from './grid';

const WIDE = { width: 1256, height: 672 };

describe('a grid of pictures', () => {
  it.each([1, 2, 3, 4, 5, 7, 9, 16, 25])('shows %i people at once, all of one size, inside the stage', (count) => {
    const { boxes, pager } = grid({ ...WIDE, count });
    expect(boxes).toHaveLength(count);
    expect(pager).toBeNull();
    expect(new Set(boxes.map(({ width, height }) => `${width}x${height}`)).size).toBe(1);
    for (const { x, y, width, height } of boxes) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(WIDE.width);
      expect(y + height).toBeLessThanOrEqual(WIDE.height + 1);
    }
  });

  it('lets no two pictures overlap', () => {
    const { boxes } = grid({ ...WIDE, count: 7 });
    for (const a of boxes) {
      for (const b of boxes) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(a === b || apart).toBe(true);
      }
    }
  });

  it('turns pages beyond twenty-five, and earlier in a small window', () => {
    expect(grid({ ...WIDE, count: 40 }).boxes).toHaveLength(MOST);
    const small = grid({ width: 456, height: 240, count: 25 });
    expect(small.boxes.length).toBeLessThan(10);
    expect(small.boxes.every(({ width }) => width >= 128)).toBe(true);
    expect(small.pager).not.toBeNull();
  });

  it('stands nowhere before the stage has a size', () => {
    expect(grid({ width: 0, height: 0, count: 3 }).boxes).toHaveLength(1);
    expect(grid({ width: 100, height: 100, count: 0 })).toEqual({ boxes: [], pager: null });
  });
});
