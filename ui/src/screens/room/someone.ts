import type { MemberView } from '../../contract';

/** Somebody in a room, who does nothing in particular: for tests and stories. */
export const participant = (key: string, change: Partial<MemberView> = {}): MemberView => ({
  participant: key,
  name: key,
  user: '',
  domain: '',
  me: false,
  role: 'participant',
  muted: false,
  mutedByOrganiser: false,
  cameraOff: false,
  sharing: false,
  away: false,
  hand: null,
  trace: null,
  ...change,
});
