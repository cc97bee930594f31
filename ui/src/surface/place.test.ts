import { expect, test } from 'vitest';
import { centre, deviceRect } from './place';

test('neighbours neither overlap nor leave a gap at any scale', () => {
  for (const scale of [1, 1.25, 1.5, 1.75, 2, 2.625]) {
    const left = deviceRect({ x: 10.3, y: 0, width: 100.4, height: 50 }, scale);
    const right = deviceRect({ x: 110.7, y: 0, width: 33.3, height: 50 }, scale);
    expect(left.x + left.width).toBe(right.x);
  }
});

test('a picture of the tile’s size fills it', () => {
  const tile = { x: 5, y: 6, width: 160, height: 90 };
  expect(centre(160, 90, tile)).toEqual({ x: 5, y: 6, part: { x: 0, y: 0, width: 160, height: 90 } });
});

test('a smaller picture lies in the middle and a larger one is cut to the tile', () => {
  const tile = { x: 100, y: 100, width: 50, height: 50 };
  expect(centre(40, 20, tile)).toEqual({ x: 105, y: 115, part: { x: 0, y: 0, width: 40, height: 20 } });
  expect(centre(60, 100, tile)).toEqual({ x: 95, y: 75, part: { x: 5, y: 25, width: 50, height: 50 } });
});
