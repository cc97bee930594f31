import type { DevicesView, ShareChoice } from '../../contract';

/** What can be shared; until windows and small pictures are there, the screens alone. */
export function sharesOf({ shares, screens }: DevicesView): ShareChoice[] {
  if (shares.length > 0) return shares;
  return screens.map(({ id, label }) => ({ id, label, window: false, width: 0, height: 0, thumbnail: '' }));
}

/** Whether there is anything to choose from here; otherwise the system asks in its own way. */
export const choosable = ({ shares, screens }: DevicesView): boolean => shares.length + screens.length > 0;
