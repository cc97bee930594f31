/** What the page keeps for its next start. A browser may forbid that: then nothing is kept, and nothing fails. */

/** What was kept under this name; `null` when nothing was. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps it, where that is allowed. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // It holds until the page is closed.
  }
}
