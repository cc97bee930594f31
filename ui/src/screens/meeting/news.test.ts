import { describe, expect, it } from 'vitest';
import type { LineView, MemberView } from '../../contract';
import { participant as member } from '../room/someone';
import { news, type Moment } from './news';

const me = member('me', { me: true });
const line = (id: string, name: string, own = false): LineView => ({
  id,
  name,
  me: own,
  at: 0,
  delivery: 'delivered',
  body: { type: 'text', text: id },
  to: null,
  reply: null,
  reactions: [],
});
const at = (change: Partial<Moment> = {}): Moment => ({
  me: { microphone: 'on', camera: 'on', sharing: 'off' },
  people: [me, member('Bob')],
  reading: false,
  lines: [],
  ...change,
});
/** Names are isolated from the direction of the text around them. */
const told = (before: Partial<Moment>, after: Partial<Moment>) =>
  news(at(before), at(after)).map((text) => text.replace(/[\u2068\u2069]/gu, ''));

describe('what is told', () => {
  it('is nothing as long as nothing changes', () => {
    expect(told({}, {})).toEqual([]);
  });

  it('is who comes and goes: a few by name, a crowd as a number', () => {
    const crowd = ['Carol', 'Daniel', 'Emre'].map((name) => member(name));
    expect(told({}, { people: [me, member('Bob'), member('Carol')] })).toEqual(['Carol has joined.']);
    expect(told({}, { people: [me, member('Bob'), ...crowd] })).toEqual(['3 people have joined.']);
    expect(told({}, { people: [me, member('Carol')] })).toEqual(['Carol has joined.', 'Bob has left.']);
  });

  it('is not the whole company when the room first tells who is there', () => {
    expect(told({ people: [] }, {})).toEqual([]);
  });

  it('is hands and shares, not who mutes themselves', () => {
    const bob = (change: Partial<MemberView>) => ({ people: [me, member('Bob', change)] });
    expect(told({}, bob({ hand: 1 }))).toEqual(['Bob raises a hand.']);
    expect(told({}, bob({ sharing: true }))).toEqual(['Bob shares a screen.']);
    expect(told({}, bob({ muted: true, cameraOff: true }))).toEqual([]);
    expect(told(bob({ hand: 1 }), bob({}))).toEqual([]);
  });

  it('is what becomes of oneself, whoever did it', () => {
    expect(told({}, { me: { microphone: 'off', camera: 'starting', sharing: 'on' } })).toEqual([
      'Microphone off.',
      'You are sharing.',
    ]);
    expect(told({}, { people: [member('me', { me: true, hand: 3 }), member('Bob')] })).toEqual([
      'Your hand is raised.',
    ]);
  });

  it('is messages that are not on the screen, and none of before', () => {
    const said = [line('1', 'Bob'), line('2', 'me', true)];
    expect(told({ lines: said }, { lines: [...said, line('3', 'Carol')] })).toEqual(['Message from Carol.']);
    expect(told({ lines: said }, { lines: [...said, line('3', 'Carol')], reading: true })).toEqual([]);
    expect(told({}, { lines: [...said, line('3', 'Carol')] })).toEqual([]);
  });
});
