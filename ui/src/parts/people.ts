import type { CallEnd, ContactView, PersonView } from '../contract';
import type { Key } from '../words';

/** `user://domain/name@domain` in its two halves; a text that is no such URL is all address. */
export function addressOf(user: string): { domain: string; address: string } {
  const [, domain = '', address = user] = /^user:\/\/([^/]+)\/(.+)$/u.exec(user) ?? [];
  return { domain, address };
}

/** The name to show; those who gave none are shown by their address. */
export const nameOf = ({ name, user }: PersonView): string => name || addressOf(user).address;

/** The domain that speaks for somebody, ours included. */
export const domainOf = ({ domain, user }: PersonView): string => domain || addressOf(user).domain;

/** What stands below a contact's name: their presence, or why it is not known. */
export function presenceKey({ presence, watching }: ContactView): Key {
  return presence === 'unknown' && watching !== 'allowed' ? `presence.watch.${watching}` : `presence.${presence}`;
}

/** Ends that leave a wish to try again. */
export const worthAgain = (end: CallEnd): boolean =>
  ['theyHungUp', 'declined', 'busy', 'noAnswer', 'offline', 'missed', 'domainUnreachable', 'noPath', 'lost'].includes(
    end,
  );

/** Contacts whose name or address has every word of `text` in it. */
export function matching(contacts: readonly ContactView[], text: string): ContactView[] {
  const words = fold(text).split(/\s+/u).filter(Boolean);
  return contacts.filter(({ person }) => {
    const all = fold(`${person.name} ${addressOf(person.user).address}`);
    return words.every((word) => all.includes(word));
  });
}

/** Letters without case and accents: "lindqvist" finds "Lindqvist", "jose" finds "José". */
const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Whether a text looks like a whole address, so that somebody outside the directory can be meant. */
export const isAddress = (text: string): boolean => /^(user:\/\/[^\s/]+\/)?[^\s@/]+@[^\s@/]+$/u.test(text.trim());
