import { describe, expect, it } from 'vitest';
import type { InvitationStatus, MemberView, RoomView } from '../../contract';
import { isMail, standing } from './invite';

const bob = { user: 'user://a.local/bob@a.local', name: 'Bob', domain: '' };
const room = (change: Partial<RoomView>) => ({ people: [], invited: [], ...change }) as unknown as RoomView;
const invited = (status: InvitationStatus) => room({ invited: [{ id: 'i1', name: 'Bob', status, ours: true }] });

describe('who can be invited', () => {
  it('is not who is here already', () => {
    const here = { user: bob.user, away: false } as MemberView;
    expect(standing(bob, room({ people: [here] }))).toEqual({ type: 'here' });
    expect(standing(bob, room({ people: [{ ...here, away: true }] }))).toEqual({ type: 'none' });
  });

  it('is whoever was invited in vain', () => {
    expect(standing(bob, invited('ringing'))).toMatchObject({ type: 'invited', again: false });
    expect(standing(bob, invited('no-answer'))).toMatchObject({ type: 'invited', again: true });
  });

  it.each([
    ['carol@mail.example', true],
    [' carol@mail.example ', true],
    ['carol', false],
    ['user://a.local/bob@a.local', false],
  ])('gets a mail at %s: %s', (text, expected) => {
    expect(isMail(text)).toBe(expected);
  });
});
