/** What a key asks for in a meeting. */
export type KeyAction =
  | 'microphone'
  | 'camera'
  | 'share'
  | 'people'
  | 'chat'
  | 'hand'
  | 'layout'
  | 'full'
  | 'shortcuts'
  | 'escape'
  | 'leave'
  | 'talk';

/** The part of a keyboard event that decides. */
export type KeyPress = Pick<
  KeyboardEvent,
  'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'repeat' | 'isComposing' | 'defaultPrevented' | 'target'
>;

const SINGLE: Record<string, KeyAction> = {
  m: 'microphone',
  v: 'camera',
  s: 'share',
  p: 'people',
  c: 'chat',
  r: 'hand',
  w: 'layout',
  f: 'full',
  '?': 'shortcuts',
  ' ': 'talk',
};

/**
 * Translates a key press, or gives `null` when the key belongs to someone else: a field being typed in, an open menu or
 * dialog, a focused button for Space. `single` is whether the user wants single-key shortcuts.
 */
export function keyAction(press: KeyPress, single: boolean): KeyAction | null {
  if (press.defaultPrevented || press.isComposing || press.repeat) return null;
  const control = press.ctrlKey || press.metaKey;
  if (control && press.shiftKey && !press.altKey && press.key.toLowerCase() === 'h') return 'leave';
  if (control || press.altKey || isTyping(press.target)) return null;
  if (press.key === 'Escape') return 'escape';
  const action = SINGLE[press.key.toLowerCase()];
  if (!single || action === undefined) return null;
  if (action === 'talk' && isPressable(press.target)) return null;
  return action;
}

/** Whether keys belong to what has the focus: text, or a list that searches by letter. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest(
      'textarea, select, [contenteditable=""], [contenteditable="true"], [role="textbox"], [role="menu"], [role="listbox"], [role="dialog"], input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"])',
    ) !== null
  );
}

const isPressable = (target: EventTarget | null) =>
  target instanceof Element && target.closest('button, a[href], summary, input, [role="button"]') !== null;
