/**
 * Finds texts that are cut or stick out; runs inside the page. What people have written may be cut in the middle, where a
 * tooltip has the whole; the words of the interface may not.
 */
export function cutTexts() {
  const found = new Set();
  const tell = (element, what) =>
    found.add(`${what}: "${element.textContent.trim().slice(0, 60)}" in ${element.tagName}.${element.className}`);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === '' || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('.sr-only, option, script, style, noscript, textarea')) continue;
    const written = element.closest('bdi, [dir="auto"], [title]');
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    if (text.width === 0) continue;
    for (let box = element; box && box !== document.documentElement; box = box.parentElement) {
      const style = getComputedStyle(box);
      const edge = box.getBoundingClientRect();
      const out = text.left < edge.left - 1.5 || text.right > edge.right + 1.5;
      if (out && !written && box.matches('button, [role="menuitem"], [role="menuitemradio"], select')) {
        tell(element, 'sticks out of its control');
        break;
      }
      if (style.position === 'fixed') {
        if (text.left < -1 || text.right > innerWidth + 1) tell(element, 'sticks out of the window');
        break;
      }
      if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
      if (out && !written && style.overflowX !== 'auto') tell(element, 'is cut');
      const below = text.bottom > edge.bottom + 2 || text.top < edge.top - 2;
      if (below && !written && ['hidden', 'clip'].includes(style.overflowY) && box !== document.body) {
        tell(element, 'is cut in height');
      }
      // What lies further out sees only what this box lets through.
      if (['auto', 'scroll', 'hidden'].includes(style.overflowY)) break;
    }
  }
  return [...found];
}

/** Parts of the page that scroll sideways, which none may; runs inside the page. */
export function sideways() {
  return [...document.querySelectorAll('main, .body, [role="dialog"]')]
    .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
    .map(({ tagName, className }) => `scrolls sideways: ${tagName}.${className}`);
}

/** Whether as many tiles are reported as are shown; none while something covers the page. Runs inside the page. */
export function untold() {
  // The page of a guest shows pictures itself.
  if (!globalThis.port) return [];
  const covered = document.querySelector('[data-veil]') !== null;
  const shown = covered ? 0 : document.querySelectorAll('[data-stream]').length;
  const told = globalThis.port?.tiles.tiles.length ?? 0;
  return shown === told ? [] : [`${shown} tiles are shown, ${told} were reported`];
}
