import { recall, remember } from '../memory';

/** What the user may choose; `system` follows the desktop. */
export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'confab.theme';

/** The kept choice, or `system` when nothing (or nonsense) was kept. */
export function keptTheme(): Theme {
  const kept = recall(KEY);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

/** Shows the theme and keeps it for the next start. */
export function chooseTheme(theme: Theme): void {
  remember(KEY, theme);
  showTheme(theme);
}

export function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
