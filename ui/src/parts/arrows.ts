/**
 * Lets the arrow keys, Home and End move through the rows of a list, to the button in the same place: `{@attach arrows}`.
 * Tab works as everywhere. Lists inside an open menu have keys of their own.
 */
export function arrows(list: HTMLElement): () => void {
  const buttonsOf = (row: Element) => [...row.querySelectorAll<HTMLElement>('button:not(:disabled)')];

  function onkeydown(event: KeyboardEvent): void {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !(target instanceof HTMLElement)) return;
    const row = target.closest('li');
    if (!row || target.closest('[role="menu"], [role="dialog"]')) return;
    const rows = [...list.children].map(buttonsOf).filter((buttons) => buttons.length > 0);
    const at = rows.findIndex((buttons) => buttons.includes(target));
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[key];
    if (at < 0 || next === undefined) return;
    // Before the button itself sees it, which would open its menu.
    event.preventDefault();
    event.stopPropagation();
    const wanted = rows[next];
    const place = rows[at]?.indexOf(target) ?? 0;
    wanted?.[Math.min(place, wanted.length - 1)]?.focus();
  }

  list.addEventListener('keydown', onkeydown, true);
  return () => list.removeEventListener('keydown', onkeydown, true);
}
