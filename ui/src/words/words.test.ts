import { describe, expect, it } from 'vitest';
import { en } from './en';
import { duration, moment, pickLanguage, t } from './index';

const SOURCES = import.meta.glob<string>(
  ['../**/*.{svelte,ts}', '!../words/en*.ts', '!../**/*.test.ts', '!../contract/*', '!../stories/*'],
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
);
const all = Object.values(SOURCES).join('\n');

/** Keys made of a template, such as `problem.${code}.title`, as patterns. */
const patterns = [...all.matchAll(/`((?:[a-zA-Z.]+|\$\{[^}]+\})+)`/g)]
  .map(([, template = '']) => template)
  .filter((template) => template.includes('${') && template.includes('.'))
  .map((template) => new RegExp(`^${template.replaceAll('.', '\\.').replace(/\$\{[^}]+\}/g, '[a-zA-Z]+')}$`));

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
