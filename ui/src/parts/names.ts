const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const split = (text: string) => Array.from(graphemes.segment(text), ({ segment }) => segment);

/** Up to two initials: of the first and the last word. `?` for a name without any letter. */
export function initials(name: string): string {
  const words = name.split(/[\s@._-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = words[0];
  if (first === undefined) return '?';
  const last = words.length > 1 && !name.includes('@') ? words.at(-1) : undefined;
  return [first, last]
    .map((word) => (word === undefined ? '' : (split(word).find((g) => /[\p{L}\p{N}]/u.test(g)) ?? '')))
    .join('')
    .toLocaleUpperCase();
}

/** A hue (0 … 359) that stays with a person, so that initials can be told apart. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % 360;
}

/** Names up to this many graphemes are cut at the end by the page; longer ones keep their end. */
const LONG = 20;
/** An end worth keeping is at most this long. */
const TAIL = 12;

/**
 * Splits a long name so that the middle can be left out and the end stays: at the last word where that is short,
 * otherwise in the last letters. Letters of joining scripts are never torn apart.
 */
export function nameParts(name: string): { head: string; tail: string } {
  const letters = split(name);
  if (letters.length <= LONG) return { head: name, tail: '' };
  const space = letters.lastIndexOf(' ');
  const lastWord = letters.length - space - 1;
  if (space > 0 && lastWord > 0 && lastWord <= TAIL) {
    // The space belongs to what is cut away: nothing stands between the dots and the end.
    return { head: letters.slice(0, space + 1).join(''), tail: letters.slice(space + 1).join('') };
  }
  if (/\p{Script=Arabic}|\p{Script=Syriac}|\p{Script=Mongolian}/u.test(name)) return { head: name, tail: '' };
  return { head: letters.slice(0, -6).join(''), tail: letters.slice(-6).join('') };
}
