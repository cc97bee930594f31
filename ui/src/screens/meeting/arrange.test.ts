import { describe, expect, it } from 'vitest';
import { arrange, CAPTION, filmPage, type Arrangement, type Box } from './arrange';

const HD = 16 / 9;
const boxes = ({ large, film, pager }: Arrangement): Box[] => [large, ...film, ...(pager ? [pager] : [])];
const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width - 1 && b.x < a.x + a.width - 1 && a.y < b.y + b.height - 1 && b.y < a.y + a.height - 1;

describe('the stage', () => {
  it('gives one picture all the room', () => {
    const { side, large } = arrange({ width: 1600, height: 900 + CAPTION, film: 0, aspect: HD });
    expect(side).toBe('none');
    expect(large).toEqual({ x: 0, y: 0, width: 1600, height: 900 + CAPTION });
  });

  it('puts the strip at the right of a wide stage and below a tall one', () => {
    expect(arrange({ width: 1256, height: 672, film: 2, aspect: HD }).side).toBe('right');
    expect(arrange({ width: 700, height: 900, film: 2, aspect: HD }).side).toBe('below');
  });

  it('never lets tiles overlap or leave it', () => {
    for (const [width, height] of [
      [456, 264],
      [640, 480],
      [800, 900],
      [896, 672],
      [1256, 672],
      [1896, 952],
      [3816, 2032],
    ] as const) {
      for (const film of [0, 1, 2, 5, 8, 13, 24]) {
        for (const aspect of [HD, 4 / 3, 1.6, 2.4, 0.6]) {
          const all = boxes(arrange({ width, height, film, aspect }));
          const where = JSON.stringify({ width, height, film, aspect });
          for (const [i, box] of all.entries()) {
            expect(box.x >= -1 && box.y >= -1, where).toBe(true);
            expect(box.x + box.width <= width + 1 && box.y + box.height <= height + 1, where).toBe(true);
            for (const other of all.slice(i + 1)) expect(overlap(box, other), where).toBe(false);
          }
        }
      }
    }
  });

  it('shows at least five small pictures of many in a usual window, and a pager', () => {
    const { film, pager } = arrange({ width: 1256, height: 672, film: 24, aspect: HD });
    expect(film.length).toBeGreaterThanOrEqual(5);
    expect(pager).not.toBeNull();
  });

  it('keeps a short strip together, oneself in line with the foot of the large picture', () => {
    const { large, film } = arrange({ width: 1256, height: 672, film: 3, aspect: HD });
    const feet = film.map(({ y, height }) => y + height);
    expect(feet.at(-1)).toBeCloseTo(large.y + large.height);
    expect(feet.slice(1).map((foot, i) => foot - (feet[i] ?? 0))).toEqual(
      [...film.slice(1)].map(({ height }) => height + 12),
    );
  });

  it('needs no pager when all fit', () => {
    expect(arrange({ width: 1896, height: 952, film: 4, aspect: HD }).pager).toBeNull();
  });

  it('stands even where there is no room at all', () => {
    const { large, film } = arrange({ width: 80, height: 40, film: 3, aspect: HD });
    expect(large.width).toBeGreaterThanOrEqual(0);
    expect(film.length).toBe(1);
  });
});

describe('a page of the strip', () => {
  const film = ['b', 'c', 'd', 'e', 'f', 'me'];

  it('is all of it where it fits', () => {
    expect(filmPage(film, 6, 0)).toEqual({ shown: film, from: 0, pages: 1 });
  });

  it('always ends with oneself', () => {
    expect(filmPage(film, 3, 0).shown).toEqual(['b', 'c', 'me']);
    expect(filmPage(film, 3, 2).shown).toEqual(['f', 'me']);
  });

  it('stays inside what there is when people leave', () => {
    expect(filmPage(film, 3, 99)).toEqual({ shown: ['f', 'me'], from: 4, pages: 3 });
  });
});
