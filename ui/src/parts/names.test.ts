import { describe, expect, it } from 'vitest';
import { strength } from './levels';
import { hueOf, initials, nameParts } from './names';

describe('names', () => {
  it.each([
    ['Alice Moreau', 'AM'],
    ['Fatima Zahra Benali', 'FB'],
    ['bob', 'B'],
    ['alice.moreau@acme.example', 'A'],
    ['مريم الأنصاري', 'ما'],
    ['👋', '?'],
    ['', '?'],
  ])('%s has the initials %s', (name, expected) => {
    expect(initials(name)).toBe(expected);
  });

  it('that are short stay whole', () => {
    expect(nameParts('Carol Okafor')).toEqual({ head: 'Carol Okafor', tail: '' });
  });

  it('that are long keep their last word', () => {
    expect(nameParts('European network operations group')).toEqual({
      head: 'European network operations ',
      tail: 'group',
    });
  });

  it('of one long word keep their last letters', () => {
    const { head, tail } = nameParts('Wolfeschlegelsteinhausenbergerdorff');
    expect(head + tail).toBe('Wolfeschlegelsteinhausenbergerdorff');
    expect(tail).toHaveLength(6);
  });

  it('in a joining script are not torn apart within a word', () => {
    expect(nameParts('الخزرجيةالخزرجيةالخزرجية').tail).toBe('');
  });

  it('keep their hue', () => {
    expect(hueOf('Alice')).toBe(hueOf('Alice'));
    expect(hueOf('Alice')).not.toBe(hueOf('Bob'));
  });
});

describe('levels', () => {
  it('run from nothing to all', () => {
    expect(strength(-127)).toBe(0);
    expect(strength(-36)).toBeCloseTo(0.5);
    expect(strength(0)).toBe(1);
  });
});
