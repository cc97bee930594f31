import type { MemberView, Powers, Role, RoomView, Silenced, StageView } from '../../contract';
import { peopleOf } from '../meeting/roster';

/** Everybody in the room; as long as it has not told them, those whose pictures are there. */
export function membersOf(room: RoomView, stage: StageView): MemberView[] {
  return room.people.length > 0 ? room.people : peopleOf(stage).map(seen);
}

function seen({ participant, name, me, muted, video, away, sharing }: ReturnType<typeof peopleOf>[number]): MemberView {
  return {
    participant,
    name,
    user: '',
    domain: '',
    me,
    role: 'participant',
    muted,
    mutedByOrganiser: false,
    cameraOff: !video,
    sharing,
    away,
    hand: null,
    trace: null,
  };
}

/** What backends put before the name of a guest, for every client to see. */
const GUEST = 'Guest ';

/** Whether it must be said beside a name that it is a guest's: what the name itself says need not be said twice. */
export const markedGuest = (name: string, guest: boolean): boolean => guest && !name.startsWith(GUEST);

const RANK: Record<Role, number> = { organiser: 0, 'co-organiser': 1, participant: 2, guest: 2 };

/** Oneself first, then organisers, then the others by name. */
export function inOrder(people: readonly MemberView[]): MemberView[] {
  return [...people].sort(
    (a, b) => Number(b.me) - Number(a.me) || RANK[a.role] - RANK[b.role] || a.name.localeCompare(b.name),
  );
}

/** Raised hands, the first one first. */
export function handsOf(people: readonly MemberView[]): (MemberView & { hand: number })[] {
  return people
    .flatMap((member) => (member.hand === null ? [] : [{ ...member, hand: member.hand }]))
    .sort((a, b) => a.hand - b.hand);
}

/** Who could go on with the meeting: people with an account who are there, deputies first. */
export function successors(people: readonly MemberView[]): MemberView[] {
  return inOrder(people).filter(({ me, role, away }) => !me && role !== 'guest' && !away);
}

/** What may be done about somebody. */
export type Deed =
  | { type: 'silence'; what: Silenced }
  | { type: 'ask'; what: Silenced }
  | { type: 'lowerHand' }
  | { type: 'promote' }
  | { type: 'demote' }
  | { type: 'handOver' }
  | { type: 'remove' };

/** The deeds that make sense with these powers, in the order of the menu. The room has the last word. */
export function deedsFor(member: MemberView, may: Powers): Deed[] {
  if (member.me) return [];
  const deeds: Deed[] = [];
  if (may.silence && member.role !== 'organiser') {
    deeds.push({ type: member.muted ? 'ask' : 'silence', what: 'microphone' });
    deeds.push({ type: member.cameraOff ? 'ask' : 'silence', what: 'camera' });
    if (member.sharing) deeds.push({ type: 'silence', what: 'share' });
  }
  if (may.silence && member.hand !== null) deeds.push({ type: 'lowerHand' });
  if (may.roles && member.role !== 'guest' && member.role !== 'organiser') {
    deeds.push({ type: member.role === 'co-organiser' ? 'demote' : 'promote' }, { type: 'handOver' });
  }
  // A deputy has no power over those who gave it.
  const above = member.role === 'organiser' || (member.role === 'co-organiser' && !may.roles);
  if (may.remove && !above) deeds.push({ type: 'remove' });
  return deeds;
}
