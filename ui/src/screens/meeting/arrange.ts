/** A rectangle in CSS pixels, relative to the stage. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What the stage has to place. */
export interface Room {
  /** Size of the stage in CSS pixels. */
  width: number;
  height: number;
  /** Small pictures there are. */
  film: number;
  /** Width by height of the large picture; cameras are 16:9. */
  aspect: number;
}

/** Where everything goes. Boxes are whole tiles: the picture and the caption strip under it. */
export interface Arrangement {
  side: 'right' | 'below' | 'none';
  large: Box;
  /** One box per shown small picture, oneself last; fewer than `film` when they do not all fit. */
  film: Box[];
  /** Where the pager goes when not all fit. */
  pager: Box | null;
}

/** Height of the caption strip under a picture. */
export const CAPTION = 28;
const GAP = 12;
const PAGER = 28;
const THUMB_RATIO = 16 / 9;
/** Thumbnails are never narrower. */
const SMALLEST = 104;
/** So many people should be seen beside the large picture before thumbnails are made larger. */
const ENOUGH = 5;

interface Candidate {
  side: 'right' | 'below';
  thumb: number;
  lanes: number;
  perLane: number;
  shown: number;
  area: number;
}

/** Chooses the filmstrip's side and size so that the large picture is largest; pure. */
export function arrange(room: Room): Arrangement {
  if (room.film === 0) {
    return { side: 'none', large: largeTile(room.width, room.height, room.aspect, 0, 0), film: [], pager: null };
  }
  const largest = clamp(Math.min(room.width * 0.17, room.height * 0.34), SMALLEST, 256);
  const best = choose(room, 'right', largest, undefined);
  const chosen = choose(room, 'below', largest, best);
  return place(
    room,
    grown(room, chosen ?? { side: 'below', thumb: SMALLEST, lanes: 1, perLane: 1, shown: 1, area: 0 }),
  );
}

/** The best strip on one side, or `best` where that is better: thumbnails shrink until enough people are seen. */
function choose(
  room: Room,
  side: Candidate['side'],
  largest: number,
  best: Candidate | undefined,
): Candidate | undefined {
  for (const lanes of [1, 2, 3]) {
    for (let thumb = largest; thumb >= SMALLEST; thumb -= 8) {
      const next = candidate(room, side, lanes, thumb);
      if (!next) continue;
      const enough = next.shown >= Math.min(room.film, ENOUGH);
      if (!enough && thumb - 8 >= SMALLEST) continue;
      if (!best || better(next, best)) best = next;
      break;
    }
  }
  return best;
}

/** The larger picture wins; where the picture does not suffer, more people; then the plainer strip. */
function better(a: Candidate, b: Candidate): boolean {
  if (Math.abs(a.area - b.area) > b.area * 0.005) return a.area > b.area;
  return a.shown > b.shown;
}

function candidate(room: Room, side: 'right' | 'below', lanes: number, thumb: number): Candidate | null {
  const along = side === 'right' ? room.height : room.width;
  const step = side === 'right' ? thumbHeight(thumb) : thumb;
  const fits = (length: number) => Math.floor((length + GAP) / (step + GAP));
  let perLane = fits(along);
  if (perLane * lanes < room.film) perLane = fits(along - (side === 'right' ? PAGER + GAP : 0));
  if (perLane < 1 || room.film <= (lanes - 1) * perLane) return null;
  const shown = Math.min(room.film, perLane * lanes);
  const strip = depth(side, thumb, lanes) + (side === 'below' && shown < room.film ? PAGER + GAP : 0);
  const [width, height] =
    side === 'right' ? [room.width - strip - GAP, room.height] : [room.width, room.height - strip - GAP];
  const picture = fit(width, height - CAPTION, room.aspect);
  return { side, thumb, lanes, perLane, shown, area: picture.width * picture.height };
}

/** Uses space the large picture leaves beside itself for larger thumbnails. */
function grown(room: Room, chosen: Candidate): Candidate {
  let best = chosen;
  for (let thumb = chosen.thumb + 8; thumb <= chosen.thumb * 1.5; thumb += 8) {
    const next = candidate(room, chosen.side, chosen.lanes, thumb);
    if (!next || next.shown < chosen.shown || next.area < chosen.area * 0.995) break;
    best = next;
  }
  return best;
}

function place(room: Room, { side, thumb, lanes, perLane, shown }: Candidate): Arrangement {
  const paged = shown < room.film;
  const strip = depth(side, thumb, lanes);
  const tall = thumbHeight(thumb);
  if (side === 'right') {
    const large = largeTile(room.width - strip - GAP, room.height, room.aspect, 0, 0, true);
    const left = (room.width - (large.width + GAP + strip)) / 2;
    large.x = left;
    const x0 = left + large.width + GAP;
    const rows = Math.min(perLane, Math.ceil(shown / lanes));
    const high = rows * (tall + GAP) - GAP + (paged ? PAGER + GAP : 0);
    // The strip stands on the same line as the large picture, oneself at its foot; a high one begins above.
    const top = Math.max(0, Math.min(large.y + large.height - high, room.height - high));
    const film = Array.from({ length: shown }, (_, i) => ({
      x: x0 + (i % lanes) * (thumb + GAP),
      y: top + Math.floor(i / lanes) * (tall + GAP),
      width: thumb,
      height: tall,
    }));
    const pager = paged ? { x: x0, y: top + rows * (tall + GAP), width: strip, height: PAGER } : null;
    return { side, large, film, pager };
  }
  const foot = strip + (paged ? PAGER + GAP : 0);
  const large = largeTile(room.width, room.height - foot - GAP, room.aspect, 0, 0);
  const slack = Math.max(0, room.height - foot - GAP - large.height) / 2;
  large.y = slack;
  const y0 = large.y + large.height + GAP;
  const columns = Math.ceil(shown / lanes);
  const film = Array.from({ length: shown }, (_, i) => {
    const row = Math.floor(i / columns);
    const inRow = Math.min(columns, shown - row * columns);
    const left = (room.width - (inRow * (thumb + GAP) - GAP)) / 2;
    return { x: left + (i % columns) * (thumb + GAP), y: y0 + row * (tall + GAP), width: thumb, height: tall };
  });
  const width = Math.max(thumb, 160);
  const pager = paged ? { x: (room.width - width) / 2, y: y0 + strip + GAP, width, height: PAGER } : null;
  return { side, large, film, pager };
}

/** The large tile, as large as the space allows and centred in it. */
function largeTile(width: number, height: number, aspect: number, x: number, y: number, narrow = false): Box {
  const picture = fit(width, height - CAPTION, aspect);
  const tile = { width: picture.width, height: picture.height + CAPTION };
  return {
    x: narrow ? x : x + (width - tile.width) / 2,
    y: y + (height - tile.height) / 2,
    ...tile,
  };
}

const thumbHeight = (width: number) => Math.round(width / THUMB_RATIO) + CAPTION;

const depth = (side: 'right' | 'below', thumb: number, lanes: number) =>
  (side === 'right' ? thumb : thumbHeight(thumb)) * lanes + GAP * (lanes - 1);

function fit(width: number, height: number, aspect: number): { width: number; height: number } {
  const w = Math.max(0, Math.min(width, height * aspect));
  return { width: Math.floor(w), height: Math.floor(w / aspect) };
}

const clamp = (value: number, low: number, high: number) => Math.round(Math.min(high, Math.max(low, value)));

/**
 * Which small pictures one page of the strip shows: `capacity` of them, oneself (the last) always among them.
 * `page` counts from 0 and is held inside what there is.
 */
export function filmPage<T>(
  film: readonly T[],
  capacity: number,
  page: number,
): { shown: T[]; from: number; pages: number } {
  if (film.length <= capacity) return { shown: [...film], from: 0, pages: 1 };
  const own = film.slice(-1);
  const others = film.slice(0, -1);
  const size = Math.max(1, capacity - 1);
  const pages = Math.ceil(others.length / size);
  const from = Math.min(Math.max(0, page), pages - 1) * size;
  return { shown: [...others.slice(from, from + size), ...(capacity > 1 ? own : [])], from, pages };
}
