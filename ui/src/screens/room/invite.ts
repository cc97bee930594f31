import type { InvitationStatus, PersonView, RoomView } from '../../contract';
import { addressOf, nameOf } from '../../parts/people';

/** Invitations that came to nothing: they may be made again. */
const OVER: readonly InvitationStatus[] = ['declined', 'busy', 'no-answer', 'unreachable'];

/** How somebody stands to the meeting. */
export type Standing =
  { type: 'here' } | { type: 'invited'; status: InvitationStatus; again: boolean } | { type: 'none' };

/** Whether somebody is in the meeting already, or on their way. */
export function standing(person: PersonView, { people, invited }: RoomView): Standing {
  if (people.some(({ user, away }) => user !== '' && user === person.user && !away)) return { type: 'here' };
  const names = [nameOf(person), addressOf(person.user).address];
  const invitation = invited.findLast(({ name }) => names.includes(name));
  if (!invitation) return { type: 'none' };
  return { type: 'invited', status: invitation.status, again: OVER.includes(invitation.status) };
}

/** Whether a text can be a mail address, so that a mail can be sent there. */
export const isMail = (text: string): boolean => /^[^\s@/:]+@[^\s@/:]+$/u.test(text.trim());
