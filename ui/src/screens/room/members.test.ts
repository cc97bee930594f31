import { describe, expect, it } from 'vitest';
import type { MemberView, Powers } from '../../contract';
import { participant as member } from './someone';
import { deedsFor, handsOf, inOrder, markedGuest, successors } from './members';

const ALL: Powers = { silence: true, remove: true, door: true, roles: true, end: true, invite: true, react: true };
const DEPUTY: Powers = { ...ALL, roles: false, end: false };
const NONE: Powers = {
  silence: false,
  remove: false,
  door: false,
  roles: false,
  end: false,
  invite: true,
  react: true,
};

const names = (people: readonly MemberView[]) => people.map(({ name }) => name).join(' ');
const types = (who: MemberView, may: Powers) => deedsFor(who, may).map(({ type }) => type);

describe('members', () => {
  it('are oneself, then organisers, then the others by name', () => {
    const all = [
      member('Zoe'),
      member('Bob'),
      member('Deputy', { role: 'co-organiser' }),
      member('Alice', { role: 'organiser' }),
      member('Me', { me: true, role: 'guest' }),
    ];
    expect(names(inOrder(all))).toBe('Me Alice Deputy Bob Zoe');
  });

  it('raise their hands in a queue', () => {
    expect(names(handsOf([member('Bob', { hand: 2 }), member('Carol'), member('Dan', { hand: 1 })]))).toBe('Dan Bob');
  });

  it('whose names say that they are guests are not marked as guests once more', () => {
    expect([markedGuest('Guest Carol', true), markedGuest('Carol', true)]).toEqual([false, true]);
    expect(markedGuest('Guestine', true)).toBe(true);
    expect(markedGuest('Guest Carol', false)).toBe(false);
  });

  it('who can take over have an account and are there', () => {
    const all = [
      member('Me', { me: true, role: 'organiser' }),
      member('Bob'),
      member('Guest', { role: 'guest' }),
      member('Away', { away: true }),
      member('Deputy', { role: 'co-organiser' }),
    ];
    expect(names(successors(all))).toBe('Deputy Bob');
  });
});

describe('powers', () => {
  it('are nobody’s over oneself, and none without them', () => {
    expect(types(member('Me', { me: true }), ALL)).toEqual([]);
    expect(types(member('Bob'), NONE)).toEqual([]);
  });

  it('close what is open and only ask for what is closed', () => {
    expect(deedsFor(member('Bob', { muted: true }), ALL).slice(0, 2)).toEqual([
      { type: 'ask', what: 'microphone' },
      { type: 'silence', what: 'camera' },
    ]);
    expect(types(member('Bob', { sharing: true, hand: 1 }), ALL)).toEqual([
      'silence',
      'silence',
      'silence',
      'lowerHand',
      'promote',
      'handOver',
      'remove',
    ]);
  });

  it('of a deputy end at organisers and other deputies', () => {
    expect(types(member('Alice', { role: 'organiser' }), DEPUTY)).toEqual([]);
    expect(types(member('Deputy', { role: 'co-organiser' }), DEPUTY)).toEqual(['silence', 'silence']);
    expect(types(member('Bob'), DEPUTY)).toEqual(['silence', 'silence', 'remove']);
  });

  it('give no role to guests', () => {
    expect(types(member('Guest', { role: 'guest' }), ALL)).toEqual(['silence', 'silence', 'remove']);
  });
});
