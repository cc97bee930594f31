import { en, type Plural } from './en';

/** Names a text. */
export type Key = keyof typeof en;
/** A complete language. */
export type Words = Record<Key, string | Plural>;
/** Values for the `{…}` of a text. Strings come from people and networks and are isolated from the text's direction. */
export type Values = Record<string, string | number>;

/** The languages there are. */
export const LANGUAGES = ['en', 'fr', 'de', 'pt'] as const;
export type Language = (typeof LANGUAGES)[number];
/** English is always there; the others are fetched when they are wanted. */
const WORDS: Record<Language, () => Promise<Words>> = {
  en: () => Promise.resolve(en),
  fr: () => import('./fr').then(({ fr }) => fr),
  de: () => import('./de').then(({ de }) => de),
  pt: () => import('./pt').then(({ pt }) => pt),
};

/** The first language the user prefers that we have, else English. */
export function pickLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const base = tag.toLowerCase().split('-')[0];
    const known = LANGUAGES.find((language) => language === base);
    if (known) return known;
  }
  return 'en';
}

/** A language that is spoken, with its way to tell numbers, plurals and times. */
interface Speaker {
  tag: string;
  words: Words;
  plurals: Intl.PluralRules;
  numbers: Intl.NumberFormat;
  hours: Intl.DateTimeFormat;
}

function speaker(tag: string, words: Words): Speaker {
  return {
    tag,
    words,
    plurals: new Intl.PluralRules(tag),
    numbers: new Intl.NumberFormat(tag, { maximumFractionDigits: 1 }),
    hours: new Intl.DateTimeFormat(tag, { hour: 'numeric', minute: '2-digit' }),
  };
}

let now: Speaker = speaker('en', en);

/** The language that is spoken, BCP 47. */
export const language = (): string => now.tag;

/** Speaks these words from now on, and tells numbers and times as that language (BCP 47) does. */
export function speak(tag: string, words: Words): void {
  now = speaker(tag, words);
}

/** The words of a language that ships. */
export const wordsOf = (language: Language): Promise<Words> => WORDS[language]();

/** FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE: a right-to-left name cannot reorder the words around it. */
const isolate = (text: string) => `\u2068${text}\u2069`;

/** The text for `key`, in the form that `values.n` asks for, with its values filled in. */
export function t(key: Key, values: Values = {}): string {
  return fill(form(now.words[key], values.n), values);
}

function form(word: string | Plural, n: string | number | undefined): string {
  if (typeof word === 'string') return word;
  return (typeof n === 'number' ? word[now.plurals.select(n)] : undefined) ?? word.other;
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? now.numbers.format(value) : isolate(value);
  });
}

/** The time of day: "14:02". */
export const clock = (at: number): string => now.hours.format(at);

/** A moment as people say it: "today, 14:02", "yesterday, 9:30", "12 Nov, 16:00". */
export function moment(at: number, today: number): string {
  return t('date.at', { day: day(at, today), time: clock(at) });
}

function day(at: number, today: number): string {
  const midnight = (ms: number) => new Date(ms).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(at) - midnight(today)) / 86_400_000);
  const text =
    days > -2 && days <= 0
      ? new Intl.RelativeTimeFormat(now.tag, { numeric: 'auto' }).format(days, 'day')
      : new Intl.DateTimeFormat(now.tag, {
          day: 'numeric',
          month: 'short',
          ...(new Date(at).getFullYear() === new Date(today).getFullYear() ? {} : { year: 'numeric' }),
        }).format(at);
  return text.charAt(0).toLocaleUpperCase(now.tag) + text.slice(1);
}

/** Time passed, as `4:05` or `1:04:05`. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60) % 60;
  const hours = Math.floor(s / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
