import type { StageView, TileView } from '../../contract';

/** One person of the meeting, as far as the stage tells. */
export interface Person {
  participant: string;
  name: string;
  me: boolean;
  muted: boolean;
  video: boolean;
  away: boolean;
  sharing: boolean;
  quality: TileView['quality'];
  /** Stream of the camera tile. */
  stream: number;
}

/** Every tile: the large one first. */
export function tilesOf(stage: StageView): TileView[] {
  return stage.large ? [stage.large, ...stage.film] : stage.film;
}

/** The people behind the tiles: oneself first, the others by name. */
export function peopleOf(stage: StageView): Person[] {
  const tiles = tilesOf(stage);
  const screens = new Set(tiles.filter(({ kind }) => kind === 'screen').map(({ participant }) => participant));
  return tiles
    .filter(({ kind }) => kind === 'camera')
    .map(({ participant, name, me, muted, video, away, quality, stream }) => ({
      participant,
      name,
      me,
      muted,
      video,
      away,
      sharing: screens.has(participant),
      quality,
      stream,
    }))
    .sort((a, b) => Number(b.me) - Number(a.me) || a.name.localeCompare(b.name));
}
