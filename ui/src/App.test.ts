import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tick } from 'svelte';
import App from './App.svelte';
import { ScriptedPort } from './port/scripted';
import { crowd, me, meeting, problems } from './stories/cast';
import { stories } from './stories/stories';

function open(name: string): ScriptedPort {
  const port = new ScriptedPort(stories[name]?.views ?? []);
  render(App, { port });
  return port;
}

function key(init: KeyboardEventInit, type: 'keydown' | 'keyup' = 'keydown'): void {
  document.body.dispatchEvent(new KeyboardEvent(type, { bubbles: true, cancelable: true, ...init }));
}

const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });

async function type(label: string, text: string): Promise<void> {
  const field = screen.getByLabelText<HTMLInputElement>(label);
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await tick();
}

describe('the interface', () => {
  // No layout here: the stage is told a size.
  beforeEach(() => {
    Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1256 });
    Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 672 });
  });
  afterEach(() => {
    cleanup();
    localStorage.clear();
  });

  it.each(Object.keys(stories))('stands in the story "%s" with one heading of the first level', (name) => {
    open(name);
    expect(document.querySelectorAll('h1')).toHaveLength(1);
    expect(document.querySelectorAll('main')).toHaveLength(1);
  });

  it('signs in with what was typed, trimmed, and not before all is typed', async () => {
    const port = open('sign-in');
    await type('Server', ' acme.example ');
    await type('User', 'alice@acme.example');
    button('Sign in').click();
    await tick();
    expect(port.intents).toEqual([]);
    expect(screen.getByText('Type your password.')).toBeTruthy();
    await type('Password', ' secret ');
    button('Sign in').click();
    expect(port.intents).toEqual([
      { type: 'signIn', server: 'acme.example', user: 'alice@acme.example', password: ' secret ' },
    ]);
  });

  it('joins by the field and by a recent room, and forgets one', async () => {
    const port = open('home-recent');
    button(/^Remove .*design-friday/).click();
    await tick();
    button(/^Join Product review/).click();
    await tick();
    key({ key: 'Escape' });
    await tick();
    await type('Room number or name', ' 4711 ');
    button('Join').click();
    await tick();
    expect(screen.getByRole('heading', { level: 1, name: /Ready to join .*4711/ })).toBeTruthy();
    expect(document.activeElement).toBe(button('Join'));
    button('Join').click();
    expect(port.intents).toEqual([
      { type: 'forgetRoom', room: 'design-friday' },
      { type: 'checkDevices', on: true },
      { type: 'checkDevices', on: false },
      { type: 'checkDevices', on: true },
      { type: 'join', room: '4711' },
    ]);
  });

  it('joins at once for whoever does not want to look at devices first', async () => {
    const port = open('home-recent');
    button('Camera and sound').click();
    await tick();
    screen.getByRole('switch', { name: /^Show this before every meeting/ }).click();
    await tick();
    button('Done').click();
    await tick();
    button(/^Join Product review/).click();
    expect(port.intents.at(-1)).toEqual({ type: 'join', room: 'Product review' });
  });

  it('keeps what was mistyped, so that it is corrected and not typed again', async () => {
    const port = open('home-recent');
    await type('Room number or name', '47 11');
    button('Join').click();
    await tick();
    port.show(problems('badRoomName'));
    await tick();
    button('Check what you typed').click();
    await tick();
    expect(screen.getByLabelText<HTMLInputElement>('Room number or name').value).toBe('47 11');
  });

  it('does not join without a room', async () => {
    const port = open('home-empty');
    button('Join').click();
    await tick();
    expect(port.intents).toEqual([]);
    expect(screen.getByText(/first\.$/)).toBeTruthy();
  });

  it('mutes by button and by key, and shows it', async () => {
    const port = open('two');
    expect(button('Microphone').getAttribute('aria-pressed')).toBe('true');
    button('Microphone').click();
    await tick();
    expect(button('Microphone').getAttribute('aria-pressed')).toBe('false');
    key({ key: 'm' });
    await tick();
    expect(button('Microphone').getAttribute('aria-pressed')).toBe('true');
    expect(port.intents).toEqual([
      { type: 'setMicrophone', on: false },
      { type: 'setMicrophone', on: true },
    ]);
  });

  it('opens the microphone only while Space is held, and only if it was off', async () => {
    const port = open('two-muted');
    key({ key: ' ' });
    await tick();
    key({ key: ' ' }, 'keyup');
    key({ key: ' ' }, 'keyup');
    expect(port.intents).toEqual([
      { type: 'pushToTalk', down: true },
      { type: 'pushToTalk', down: false },
    ]);
  });

  it('closes a microphone held open by Space when the window loses the focus', async () => {
    const port = open('two-muted');
    key({ key: ' ' });
    await tick();
    window.dispatchEvent(new Event('blur'));
    expect(port.intents.at(-1)).toEqual({ type: 'pushToTalk', down: false });
  });

  it('pins a small picture, keeps its element and lets it go with Esc', async () => {
    const port = open('three');
    const before = document.querySelector('[data-stream="3"]');
    button(/^Keep .*Carol Okafor.* large/).click();
    await tick();
    expect(document.querySelector('[data-large="true"] [data-stream="3"]')).toBe(before);
    key({ key: 'Escape' });
    expect(port.intents).toEqual([{ type: 'pin', stream: 3 }, { type: 'unpin' }]);
  });

  it('shows a tile for the surface only where a picture is to be expected', () => {
    open('two-muted');
    expect(document.querySelector('[data-stream]')).toBeNull();
    cleanup();
    open('two');
    const own = document.querySelector<HTMLElement>('[data-stream="1"]');
    expect(own?.dataset.mirrored).toBe('');
    expect(own?.childElementCount).toBe(0);
  });

  it('leaves by button and by key, and is home again', async () => {
    const port = open('two');
    key({ key: 'H', ctrlKey: true, shiftKey: true });
    await tick();
    expect(port.intents).toEqual([{ type: 'leave' }]);
    expect(button('Join')).toBeTruthy();
    port.show(meeting(crowd(1)));
    await tick();
    button('Leave').click();
    expect(port.intents.at(-1)).toEqual({ type: 'leave' });
  });

  it('shares and stops sharing', async () => {
    const port = open('two');
    key({ key: 's' });
    await tick();
    button('Share').click();
    await tick();
    expect(button('Share screen').getAttribute('aria-pressed')).toBe('true');
    button('Stop sharing').click();
    expect(port.intents).toEqual([
      { type: 'watchShares', on: true },
      { type: 'shareScreen', source: ':0.0' },
      { type: 'watchShares', on: false },
      { type: 'stopSharing' },
    ]);
  });

  it('takes the next step of a problem and takes it off the screen', async () => {
    const port = open('failed-devices');
    button('Choose another device').click();
    await tick();
    expect(screen.getByRole('heading', { name: 'Camera and sound' })).toBeTruthy();
    expect(screen.queryByText('Others can’t see you')).toBeNull();
    expect(port.intents).toEqual([{ type: 'dismiss', problem: 1 }]);
  });

  it('says once that the connection is being restored', () => {
    open('reconnecting');
    expect(screen.getByText(/^The connection was lost and is being restored/)).toBeTruthy();
    expect(screen.queryByText('Sound and picture were interrupted')).toBeNull();
  });

  it('shows a name that is markup as text', () => {
    const port = new ScriptedPort([...(stories['home-empty']?.views ?? [])]);
    render(App, { port });
    port.show(meeting([{ ...me(), name: '<img src=x onerror=alert(1)>', me: false }]));
    expect(document.querySelector('img')).toBeNull();
  });
});
