const KEY = 'confab.single-keys';

/** Whether the user wants single-key shortcuts; they do until they say otherwise. */
export function keptSingleKeys(): boolean {
  return localStorage.getItem(KEY) !== 'off';
}

export function keepSingleKeys(on: boolean): void {
  localStorage.setItem(KEY, on ? 'on' : 'off');
}
