import { describe, expect, it } from 'vitest';
import { keyAction, type KeyAction, type KeyPress } from './keys';

function press(key: string, change: Partial<KeyPress> = {}): KeyPress {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, repeat: false };
  return { key, ...none, isComposing: false, defaultPrevented: false, target: document.body, ...change };
}

function element(markup: 'input' | 'textarea' | 'select' | 'button' | 'menu'): Element {
  if (markup !== 'menu') return document.createElement(markup);
  const menu = document.createElement('div');
  menu.setAttribute('role', 'menu');
  return menu.appendChild(document.createElement('span'));
}

describe('keys in a meeting', () => {
  it.each<[string, KeyAction]>([
    ['m', 'microphone'],
    ['M', 'microphone'],
    ['v', 'camera'],
    ['s', 'share'],
    ['p', 'people'],
    ['r', 'hand'],
    ['w', 'layout'],
    ['f', 'full'],
    ['?', 'shortcuts'],
    [' ', 'talk'],
    ['Escape', 'escape'],
  ])('%s asks for %s', (key, action) => {
    expect(keyAction(press(key), true)).toBe(action);
  });

  it.each(['input', 'textarea', 'select', 'menu'] as const)('belong to a focused %s', (markup) => {
    expect(keyAction(press('m', { target: element(markup) }), true)).toBeNull();
    expect(keyAction(press('Escape', { target: element(markup) }), true)).toBeNull();
  });

  it('leave Space to a focused button and the letters not', () => {
    expect(keyAction(press(' ', { target: element('button') }), true)).toBeNull();
    expect(keyAction(press('m', { target: element('button') }), true)).toBe('microphone');
  });

  it('with Ctrl, Alt or Meta are someone else’s, but Ctrl+Shift+H leaves even while typing', () => {
    expect(keyAction(press('m', { ctrlKey: true }), true)).toBeNull();
    expect(keyAction(press('s', { altKey: true }), true)).toBeNull();
    expect(keyAction(press('v', { metaKey: true }), true)).toBeNull();
    expect(keyAction(press('H', { ctrlKey: true, shiftKey: true, target: element('input') }), true)).toBe('leave');
  });

  it('that repeat, compose or were taken do nothing', () => {
    expect(keyAction(press('m', { repeat: true }), true)).toBeNull();
    expect(keyAction(press('m', { isComposing: true }), true)).toBeNull();
    expect(keyAction(press('m', { defaultPrevented: true }), true)).toBeNull();
  });

  it('can be switched off, except leaving and Esc', () => {
    expect(keyAction(press('m'), false)).toBeNull();
    expect(keyAction(press('Escape'), false)).toBe('escape');
    expect(keyAction(press('h', { ctrlKey: true, shiftKey: true }), false)).toBe('leave');
  });
});
