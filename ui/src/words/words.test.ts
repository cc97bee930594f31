import { describe, expect, it } from 'vitest';
import { en, type Plural } from './en';
import { de } from './de';
import { fr } from './fr';
import { duration, moment, pickLanguage, speak, t, type Words } from './index';
import { pseudo } from './pseudo';
import { pt } from './pt';

const SOURCES = import.meta.glob<string>(
  ['../**/*.{svelte,ts}', '!../words/{en,fr,de,pt}*.ts', '!../**/*.test.ts', '!../contract/*', '!../stories/*'],
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
);
const all = Object.values(SOURCES).join('\n');

/** Keys made of a template, such as `problem.${code}.title`, as patterns. */
const patterns = [...all.matchAll(/`((?:[a-zA-Z.-]+|\$\{[^}]+\})+)`/g)]
  .map(([, template = '']) => template)
  .filter((template) => template.includes('${') && template.includes('.'))
  .map((template) => new RegExp(`^${template.replaceAll('.', '\\.').replace(/\$\{[^}]+\}/g, '[a-zA-Z-]+')}$`));

const OTHERS: Record<string, Words> = { fr, de, pt };
const forms = (word: string | Plural): string[] => (typeof word === 'string' ? [word] : Object.values(word));
const places = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();

describe.each(Object.entries(OTHERS))('the language %s', (tag, words) => {
  it('has every word of English, and no other', () => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(en).sort());
    expect(Object.values(words).flatMap(forms)).not.toContain('');
  });

  it('fills in the same values everywhere', () => {
    const wrong = Object.entries(en).flatMap(([key, word]) => {
      const wanted = places(forms(word).at(-1) ?? '');
      const other = words[key as keyof typeof en];
      return forms(other).every((form) => String(places(form)) === String(wanted)) ? [] : [key];
    });
    expect(wrong).toEqual([]);
  });

  it('has the plural forms that its numbers ask for, where English has any', () => {
    const plurals = new Intl.PluralRules(tag);
    const asked = new Set([...Array(200).keys(), 1_000_000].map((n) => plurals.select(n)));
    const wrong = Object.entries(en).flatMap(([key, word]) => {
      const other = words[key as keyof typeof en];
      if (typeof word === 'string') return typeof other === 'string' ? [] : [key];
      return typeof other !== 'string' && [...asked].every((form) => other[form] !== undefined) ? [] : [key];
    });
    expect(wrong).toEqual([]);
  });

  it('is not English', () => {
    const long = Object.entries(en).filter(([, word]) => typeof word === 'string' && word.length > 24);
    const same = long.filter(([key, word]) => words[key as keyof typeof en] === word);
    expect(same.map(([key]) => key)).toEqual([]);
  });
});

describe('the pseudo-language', () => {
  it('is longer than English and keeps the places of values', () => {
    for (const [key, word] of Object.entries(en)) {
      const other = pseudo[key as keyof typeof en];
      expect(forms(other).flatMap(places)).toEqual(forms(word).flatMap(places));
      if (typeof word === 'string' && word.length > 3) expect(String(other).length).toBeGreaterThan(word.length);
    }
  });
});

describe('words', () => {
  it('are all used', () => {
    const unused = Object.keys(en).filter(
      (key) => !all.includes(`'${key}'`) && !patterns.some((pattern) => pattern.test(key)),
    );
    expect(unused).toEqual([]);
  });

  it('exist for every key that is asked for', () => {
    const asked = [...all.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key = '']) => key);
    expect(asked.filter((key) => !(key in en))).toEqual([]);
  });

  it('take the form the number asks for', () => {
    expect(t('people.short', { n: 1 })).toBe('1 person');
    expect(t('people.short', { n: 25 })).toBe('25 people');
    speak('fr', fr);
    expect(t('people.short', { n: 0 })).toBe('0 personne');
    expect(t('people.short', { n: 2 })).toBe('2 personnes');
    speak('en', en);
  });

  it('isolate what comes from people', () => {
    expect(t('tile.me', { name: 'שרה' })).toBe('\u2068שרה\u2069 (you)');
  });

  it('show markup in a name as text and leave what has no value', () => {
    expect(t('tile.pin', { name: '<b>{n}</b>' })).toBe('Keep \u2068<b>{n}</b>\u2069 large');
    expect(t('tile.pin')).toBe('Keep {name} large');
  });

  it('come in the first preferred language there is', () => {
    expect(pickLanguage(['tlh', 'en-GB'])).toBe('en');
    expect(pickLanguage([])).toBe('en');
  });

  it('tell durations and moments as people do', () => {
    expect(duration(754_000)).toBe('12:34');
    expect(duration(3_845_000)).toBe('1:04:05');
    expect(duration(-1)).toBe('0:00');
    const now = new Date(2026, 10, 21, 12).getTime();
    expect(moment(now - 3_600_000, now)).toContain('Today');
    expect(moment(now - 20 * 3_600_000, now)).toContain('Yesterday');
    expect(moment(now - 400 * 86_400_000, now)).toContain('2025');
  });
});
