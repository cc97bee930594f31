import { CAPTION, type Box } from './arrange';

/** What a grid has to place. */
export interface Field {
  /** Size of the stage in CSS pixels. */
  width: number;
  height: number;
  /** Pictures there are. */
  count: number;
}

/** Where everything goes: whole tiles of one size, and the pager when not all fit. */
export interface Grid {
  boxes: Box[];
  pager: Box | null;
}

/** A page never shows more: so many pictures come at once. */
export const MOST = 25;
const GAP = 12;
const PAGER = 28;
const RATIO = 16 / 9;
/** Faces in smaller pictures cannot be told apart; rather some are on the next page. */
const SMALLEST = 128;

/** Pictures of one size, as large as they can be, the last row in the middle; pure. */
export function grid({ width, height, count }: Field): Grid {
  for (let shown = Math.min(count, MOST); shown >= 1; shown -= 1) {
    const paged = shown < count;
    const free = height - (paged ? PAGER + GAP : 0);
    const best = columnsFor(width, free, shown);
    if (best.tile < SMALLEST && shown > 1) continue;
    const boxes = place(width, free, shown, best);
    const pager = paged ? { x: (width - 160) / 2, y: free + GAP, width: 160, height: PAGER } : null;
    return { boxes, pager };
  }
  return { boxes: [], pager: null };
}

interface Choice {
  columns: number;
  /** Width of a tile. */
  tile: number;
}

/** The number of columns that makes tiles largest. */
function columnsFor(width: number, height: number, count: number): Choice {
  let best: Choice = { columns: 1, tile: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const across = (width - GAP * (columns - 1)) / columns;
    const down = ((height - GAP * (rows - 1)) / rows - CAPTION) * RATIO;
    const tile = Math.floor(Math.max(0, Math.min(across, down)));
    if (tile > best.tile) best = { columns, tile };
  }
  return best;
}

function place(width: number, height: number, count: number, { columns, tile }: Choice): Box[] {
  const tall = Math.round(tile / RATIO) + CAPTION;
  const rows = Math.ceil(count / columns);
  const top = Math.max(0, (height - rows * (tall + GAP) + GAP) / 2);
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = (width - inRow * (tile + GAP) + GAP) / 2;
    return { x: left + (i % columns) * (tile + GAP), y: top + row * (tall + GAP), width: tile, height: tall };
  });
}
