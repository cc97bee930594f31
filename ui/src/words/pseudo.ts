import { en, type Plural } from './en';
import type { Key, Words } from './index';

const ACCENTS: Record<string, string> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  A: 'Á',
  E: 'É',
  I: 'Í',
  O: 'Ó',
  U: 'Ú',
};

/**
 * English, but half as long again and with accents: what does not fit or was never translated is seen at once. For stories
 * and tests only; it never ships.
 */
export const pseudo = Object.fromEntries(
  Object.entries(en).map(([key, word]) => [key, typeof word === 'string' ? longer(word) : each(word)]),
) as Record<Key, string | Plural> satisfies Words;

function each(word: Plural): Plural {
  return Object.fromEntries(
    Object.entries(word).map(([form, text]) => [form, longer(text as string)]),
  ) as unknown as Plural;
}

/** Places for values stay as they are; short words grow most, as they do in real languages. */
function longer(text: string): string {
  const accented = text.replace(/\{\w+\}|[aeiouAEIOU]/g, (found) => ACCENTS[found] ?? found);
  const plain = text.replace(/\{\w+\}/g, '').length;
  const more = Math.ceil(plain * (plain < 12 ? 0.5 : 0.35));
  // Syllables with gaps, so that long texts can break as words do.
  return accented + (more > 0 ? ` ${'ééé '.repeat(Math.ceil(more / 4)).trim()}`.slice(0, more + 1) : '');
}
