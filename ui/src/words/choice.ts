import { recall, remember } from '../memory';
import { language, LANGUAGES, pickLanguage, speak, wordsOf, type Language } from './index';

/** What the user may choose; `system` follows the desktop. */
export const CHOICES = ['system', ...LANGUAGES] as const;
export type Choice = (typeof CHOICES)[number];

const KEY = 'confab.language';
const listeners = new Set<(language: string) => void>();

/** The kept choice, or `system` when nothing (or nonsense) was kept. */
export function keptLanguage(): Choice {
  const kept = recall(KEY);
  return CHOICES.find((choice) => choice === kept) ?? 'system';
}

/** Speaks the language and keeps it for the next start. */
export function chooseLanguage(choice: Choice): Promise<void> {
  remember(KEY, choice);
  return showLanguage(choice);
}

/** Counts the wishes, so that a language that comes late does not replace a newer one. */
let wishes = 0;

/** Speaks the language as soon as its words are there, without keeping it. */
export async function showLanguage(choice: Choice): Promise<void> {
  const wish = ++wishes;
  const wanted = choice === 'system' ? pickLanguage(navigator.languages) : choice;
  const words = await wordsOf(wanted);
  if (wish !== wishes) return;
  speak(wanted, words);
  document.documentElement.lang = language();
  for (const listener of listeners) listener(language());
}

/** Tells every other language that is spoken from now on; what is drawn must be drawn anew. Returns how to stop. */
export function onLanguage(listener: (language: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The language's own name, as its speakers find it in a list. */
export const OWN_NAMES: Record<Language, string> = {
  en: 'English',
  fr: 'Français',
  de: 'Deutsch',
  pt: 'Português',
};
