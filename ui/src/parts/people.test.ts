import { describe, expect, it } from 'vitest';
import type { ContactView } from '../contract';
import { addressOf, domainOf, isAddress, matching, nameOf, presenceKey } from './people';

const contact = (name: string, user: string, change: Partial<ContactView> = {}): ContactView => ({
  person: { user, name, domain: '' },
  presence: 'available',
  allowed: true,
  watching: 'allowed',
  ...change,
});

describe('people', () => {
  it('are named by their address when they gave no name', () => {
    expect(nameOf({ user: 'user://a.local/bob@a.local', name: '', domain: '' })).toBe('bob@a.local');
    expect(addressOf('bob@a.local')).toEqual({ domain: '', address: 'bob@a.local' });
    expect(domainOf({ user: 'user://b.local/bob@b.local', name: 'Bob', domain: '' })).toBe('b.local');
  });

  it('are found by parts of name and address, without case and accents', () => {
    const all = [
      contact('José Lindqvist', 'user://a.local/jose@a.local'),
      contact('Bob', 'user://b.local/bob@b.local'),
    ];
    const found = (text: string) => matching(all, text).map(({ person }) => person.name);
    expect(found('lind JOSE')).toEqual(['José Lindqvist']);
    expect(found('b.local')).toEqual(['Bob']);
    expect(found(' ')).toHaveLength(2);
  });

  it('tell why their presence is not known', () => {
    expect(presenceKey(contact('Bob', 'b'))).toBe('presence.available');
    expect(presenceKey(contact('Bob', 'b', { presence: 'unknown', watching: 'refused' }))).toBe(
      'presence.watch.refused',
    );
    expect(presenceKey(contact('Bob', 'b', { presence: 'unknown' }))).toBe('presence.unknown');
  });

  it.each([
    ['bob@b.local', true],
    ['user://b.local/bob@b.local', true],
    ['bob', false],
    ['bob@', false],
    ['bob lind@b.local', false],
  ])('"%s" is an address: %s', (text, expected) => {
    expect(isAddress(text)).toBe(expected);
  });
});
