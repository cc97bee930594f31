import { cleanup, render, screen, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from './App.svelte';
import type { View } from './contract';
import { ScriptedPort } from './port/scripted';
import { stories } from './stories/stories';

function open(name: string): ScriptedPort {
  const port = new ScriptedPort(stories[name]?.views ?? []);
  render(App, { port });
  return port;
}

const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });

function key(init: KeyboardEventInit, target: Element = document.activeElement ?? document.body): void {
  target.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));
}

async function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): Promise<void> {
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await tick();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1256 });
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 672 });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe('a call that rings', () => {
  it('is no answer to keys that were meant for what lay below', async () => {
    const port = open('call-incoming');
    await tick();
    const sheet = screen.getByRole('alertdialog');
    key({ key: 'Enter' }, sheet);
    key({ key: 'Escape' }, sheet);
    expect(port.intents).toEqual([]);
    vi.advanceTimersByTime(1100);
    key({ key: 'Enter', repeat: true }, sheet);
    expect(port.intents).toEqual([]);
    key({ key: 'Enter' }, sheet);
    expect(port.intents).toEqual([{ type: 'accept', video: false }]);
  });

  it('is declined by Esc and taken with video by its button', async () => {
    const port = open('call-incoming');
    await tick();
    vi.advanceTimersByTime(1100);
    key({ key: 'Escape' }, screen.getByRole('alertdialog'));
    expect(port.intents).toEqual([{ type: 'decline' }]);
    cleanup();
    const other = open('call-incoming-voice');
    await tick();
    button('Accept with video').click();
    expect(other.intents).toEqual([{ type: 'accept', video: true }]);
  });

  it('leaves the microphone of a meeting that goes on within reach', async () => {
    const port = open('call-incoming-inside');
    await tick();
    const microphone = () => within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Microphone' });
    expect([microphone().getAttribute('aria-pressed'), microphone().tabIndex]).toEqual(['true', 0]);
    microphone().click();
    expect(port.intents).toEqual([{ type: 'setMicrophone', on: false }]);
    const meeting = stories['call-incoming-inside']?.views.find((view) => view.type === 'meeting');
    const muted = { microphone: 'off', camera: 'on', sharing: 'off' } as const;
    port.show({ ...(meeting as Extract<View, { type: 'meeting' }>), me: muted });
    await tick();
    expect(microphone().getAttribute('aria-pressed')).toBe('false');
    cleanup();
    open('call-incoming');
    await tick();
    expect(screen.queryByRole('button', { name: 'Microphone' })).toBeNull();
  });

  it('says for which account and lets nothing below be reached', async () => {
    open('call-incoming');
    await tick();
    expect(screen.getByText(/alice@acme\.example/)).toBeTruthy();
    expect(document.querySelector('.app')?.hasAttribute('inert')).toBe(true);
  });
});

describe('a call of ours', () => {
  it('is given up by Esc before it is answered, and hung up after', async () => {
    const port = open('call-finding');
    key({ key: 'Escape' }, document.body);
    expect(port.intents).toEqual([{ type: 'hangUp' }]);
    cleanup();
    const other = open('call-active');
    await tick();
    button('Hang up').click();
    expect(other.intents).toEqual([{ type: 'hangUp' }]);
    expect(screen.queryByRole('button', { name: 'People' })).toBeNull();
  });

  it('is made again from the account it was about', async () => {
    const port = open('call-ended-noAnswer');
    const ended = stories['call-ended-noAnswer']?.views.find((view) => view.type === 'call');
    port.show({ ...(ended as Extract<View, { type: 'call' }>), account: 2 });
    await tick();
    button('Call again').click();
    expect(port.intents.slice(-2)).toEqual([
      { type: 'chooseAccount', account: 2 },
      { type: 'call', user: 'user://partner.example/bob.lindqvist@partner.example', video: true },
    ]);
  });
});

describe('people', () => {
  it('are looked for once typing has paused', async () => {
    const port = open('people-home');
    const field = screen.getByLabelText<HTMLInputElement>('Find people');
    await type(field, 'b');
    await type(field, 'bo ');
    vi.advanceTimersByTime(300);
    expect(port.intents).toEqual([{ type: 'findPeople', text: 'bo' }]);
    await type(field, '');
    expect(port.intents.at(-1)).toEqual({ type: 'findPeople', text: '' });
  });

  it('may or may not see our presence, as they are answered', async () => {
    const port = open('people-odd');
    button(/^Allow .*Giulia Rossi/).click();
    await tick();
    button(/^Refuse.*Hohenstein/).click();
    expect(port.intents.map((intent) => ('allowed' in intent ? intent.allowed : null))).toEqual([true, false]);
    await tick();
    expect(screen.queryByText('asks to see your presence')).toBeNull();
  });

  it('are called by voice or with video', () => {
    const port = open('people-one');
    button(/^Call .Bob Lindqvist.$/).click();
    button(/^Call .Bob Lindqvist. with video/).click();
    expect(port.intents.map((intent) => (intent.type === 'call' ? intent.video : null))).toEqual([false, true]);
  });
});

describe('signing in', () => {
  it('asks a server once it is typed, and goes on in the browser', async () => {
    const port = open('sign-in-ways');
    await tick();
    expect(port.intents).toEqual([]);
    const field = screen.getByLabelText<HTMLInputElement>('Server');
    for (const server of ['other.example', 'acme.example']) {
      await type(field, server);
      field.dispatchEvent(new Event('change', { bubbles: true }));
    }
    expect(port.intents).toEqual([{ type: 'askServer', server: 'other.example' }]);
    await tick();
    button(/^Continue with .*Acme/).click();
    expect(port.intents.at(-1)).toEqual({
      type: 'signInWithBrowser',
      server: 'acme.example',
      provider: 'https://sso.acme.example',
    });
    cleanup();
    const waiting = open('sign-in-browser');
    button('Cancel').click();
    expect(waiting.intents).toEqual([{ type: 'cancelSignIn' }]);
  });
});

describe('a guest', () => {
  it('comes in by a name where the server lets them, and not without one', async () => {
    const port = open('sign-in-guest');
    await tick();
    button('Continue as a guest').click();
    await tick();
    expect(screen.getByText('Type a name that others will see.')).toBeTruthy();
    expect(port.intents).toEqual([]);
    await type(screen.getByLabelText<HTMLInputElement>('Your name'), ' Zaphod ');
    button('Continue as a guest').click();
    expect(port.intents.at(-1)).toEqual({ type: 'signInAsGuest', server: 'acme.example', name: 'Zaphod' });
    cleanup();
    open('sign-in-ways');
    await tick();
    expect(screen.queryByLabelText('Your name')).toBeNull();
  });
});

describe('the conversation', () => {
  async function chat(name: string): Promise<ScriptedPort> {
    const port = open(name);
    await tick();
    key({ key: 'c' }, document.body);
    await tick();
    return port;
  }

  it('opens by C, counts as read, and closes by Esc', async () => {
    const port = await chat('call-unread');
    expect(screen.getByRole('log', { name: 'What was said' })).toBeTruthy();
    expect(port.intents).toEqual([{ type: 'readConversation' }]);
    key({ key: 'Escape' }, document.body);
    await tick();
    expect(screen.queryByRole('log', { name: 'What was said' })).toBeNull();
  });

  it('says what was written by Enter, not by Shift+Enter, and tells of writing', async () => {
    const port = await chat('chat-empty');
    const field = screen.getByLabelText<HTMLTextAreaElement>('Message');
    await type(field, ' hello ');
    key({ key: 'Enter', shiftKey: true }, field);
    key({ key: 'Enter' }, field);
    expect(port.intents).toEqual([
      { type: 'typing', on: true },
      { type: 'say', text: 'hello', to: null, reply: null },
      { type: 'typing', on: false },
    ]);
    await tick();
    expect(field.value).toBe('');
  });

  it('does not say more than fits into one message', async () => {
    const port = await chat('chat-empty');
    const field = screen.getByLabelText<HTMLTextAreaElement>('Message');
    await type(field, 'x'.repeat(16_400));
    key({ key: 'Enter' }, field);
    expect(port.intents.some(({ type }) => type === 'say')).toBe(false);
    expect(screen.getByText('16 letters too long')).toBeTruthy();
  });

  it('opens links through the shell only, and shows markup as text', async () => {
    const port = await chat('chat-talk');
    const links = screen.getAllByRole<HTMLAnchorElement>('link');
    expect(links.map(({ textContent }) => textContent)).toEqual([
      'https://wiki.partner.example/Slides_(2026)',
      'mailto:controlling@partner.example',
    ]);
    links[0]?.click();
    expect(port.asked).toEqual(['open https://wiki.partner.example/Slides_(2026)']);
  });

  it('fetches, cancels and shows files by their id, and offers what is pasted', async () => {
    const port = await chat('chat-files');
    button(/^Save .*Team photo/).click();
    button(/^Cancel .*archive\.tar/).click();
    button(/^Show in folder.*Minutes/).click();
    expect(port.intents.map(({ type }) => type)).toEqual(['fetchFile', 'cancelFile']);
    expect(port.asked[0]).toMatch(/^reveal f\d+$/);
    button(/^Send a file/).click();
    expect(port.asked.at(-1)).toBe('pick');
  });

  it('opens when files hover over the window', async () => {
    const port = open('call-active');
    await tick();
    port.hover(true);
    await tick();
    expect(screen.getByRole('heading', { name: 'Conversation' })).toBeTruthy();
  });
});
