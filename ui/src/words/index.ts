import { en, type Plural } from './en';

/** Names a text. */
export type Key = keyof typeof en;
/** A complete language. */
export type Words = Record<Key, string | Plural>;
/** Values for the `{…}` of a text. Strings come from people and networks and are isolated from the text's direction. */
export type Values = Record<string, string | number>;

const LANGUAGES: Record<string, Words> = { en };

/** The first language the user prefers that we have, else English. */
export function pickLanguage(preferred: readonly string[]): string {
  for (const tag of preferred) {
    const base = tag.toLowerCase().split('-')[0];
    if (base !== undefined && base in LANGUAGES) return base;
  }
  return 'en';
}

export const language = pickLanguage(typeof navigator === 'undefined' ? [] : navigator.languages);
const words: Words = LANGUAGES[language] ?? en;
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

/** FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE: a right-to-left name cannot reorder the words around it. */
const isolate = (text: string) => `\u2068${text}\u2069`;

/** The text for `key`, in the form that `values.n` asks for, with its values filled in. */
export function t(key: Key, values: Values = {}): string {
  return fill(form(words[key], values.n), values);
}

function form(word: string | Plural, n: string | number | undefined): string {
  if (typeof word === 'string') return word;
  return (typeof n === 'number' ? word[plurals.select(n)] : undefined) ?? word.other;
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? numbers.format(value) : isolate(value);
  });
}

const hours = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' });

/** The time of day: "14:02". */
export const clock = (at: number): string => hours.format(at);

/** A moment as people say it: "today, 14:02", "yesterday, 9:30", "12 Nov, 16:00". */
export function moment(at: number, now: number): string {
  return t('date.at', { day: day(at, now), time: clock(at) });
}

function day(at: number, now: number): string {
  const midnight = (ms: number) => new Date(ms).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
  const text =
    days > -2 && days <= 0
      ? new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(days, 'day')
      : new Intl.DateTimeFormat(language, {
          day: 'numeric',
          month: 'short',
          ...(new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' }),
        }).format(at);
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}

/** Time passed, as `4:05` or `1:04:05`. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60) % 60;
  const hours = Math.floor(s / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
