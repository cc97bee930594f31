import type { ConversationView, MeetingView, MemberView, RoomView } from '../../contract';
import { t } from '../../words';

/** What is known of a meeting at one moment, as far as those who only hear the page want to be told when it changes. */
export interface Moment {
  me: MeetingView['me'];
  people: readonly MemberView[];
  /** Whether the conversation can be seen, where each line is told anyway. */
  reading: boolean;
  lines: ConversationView['lines'];
}

/** The moment that these views show; `null` while one is not in the meeting. */
export function momentOf(
  meeting: MeetingView,
  room: RoomView,
  conversation: ConversationView,
  reading: boolean,
): Moment | null {
  return meeting.phase === 'in' ? { me: meeting.me, people: room.people, reading, lines: conversation.lines } : null;
}

/**
 * What has happened between two moments, in a few words. That others mute themselves is no news: it happens all the time and
 * stands beside their names.
 */
export function news(before: Moment, after: Moment): string[] {
  return [...ownNews(before.me, after.me), ...companyNews(before.people, after.people), ...chatNews(before, after)];
}

function ownNews(before: Moment['me'], after: Moment['me']): string[] {
  const told: string[] = [];
  for (const what of ['microphone', 'camera'] as const) {
    const state = after[what];
    if (before[what] !== state && (state === 'on' || state === 'off')) told.push(t(`news.${what}.${state}`));
  }
  if (before.sharing !== 'on' && after.sharing === 'on') told.push(t('news.sharing.on'));
  if (before.sharing === 'on' && after.sharing === 'off') told.push(t('news.sharing.off'));
  return told;
}

function companyNews(before: readonly MemberView[], after: readonly MemberView[]): string[] {
  // The room has not told yet who is there, or no longer does.
  if (before.length === 0 || after.length === 0) return [];
  const known = new Map(before.map((member) => [member.participant, member]));
  const here = new Set(after.map(({ participant }) => participant));
  const was = (member: MemberView) => known.get(member.participant);
  const others = after.filter(({ me }) => !me);
  const stayed = others.filter((member) => was(member) !== undefined);
  return [
    ...several(
      'joined',
      others.filter((member) => was(member) === undefined),
    ),
    ...several(
      'left',
      before.filter(({ me, participant }) => !me && !here.has(participant)),
    ),
    ...several(
      'hand',
      stayed.filter((member) => member.hand !== null && was(member)?.hand === null),
    ),
    ...several(
      'shares',
      stayed.filter((member) => member.sharing && !was(member)?.sharing),
    ),
    ...after.flatMap((member) => (member.me ? handNews(was(member)?.hand ?? null, member.hand) : [])),
  ];
}

function handNews(before: number | null, after: number | null): string[] {
  if ((before === null) === (after === null)) return [];
  return [t(after === null ? 'news.hand.down' : 'news.hand.up')];
}

function chatNews(before: Moment, after: Moment): string[] {
  if (after.reading) return [];
  const known = new Set(before.lines.map(({ id }) => id));
  const fresh = after.lines.filter(({ id, me }) => !me && !known.has(id));
  return before.lines.length === 0 && fresh.length > 1 ? [] : several('message', fresh);
}

/** One or two by name, more as a number. */
function several(what: 'joined' | 'left' | 'hand' | 'shares' | 'message', who: readonly { name: string }[]): string[] {
  if (who.length > 2) return [t(`news.${what}.some`, { n: who.length })];
  return who.map(({ name }) => t(`news.${what}`, { name }));
}
