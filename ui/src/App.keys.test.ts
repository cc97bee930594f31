import { cleanup, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from './App.svelte';
import { ScriptedPort } from './port/scripted';
import { stories } from './stories/stories';

/** Everything of a meeting by keyboard alone: where keys go, where they come back to, and what is told of it. */

async function open(name: string): Promise<ScriptedPort> {
  const port = new ScriptedPort(stories[name]?.views ?? []);
  render(App, { port });
  await tick();
  return port;
}

const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });
const focused = () => document.activeElement;
/** Menus and dialogs come and go a moment later. */
const later = () => new Promise((resolve) => setTimeout(resolve, 30));

async function key(key: string, target: Element = focused() ?? document.body): Promise<void> {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await tick();
  await later();
}

beforeEach(() => {
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1256 });
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 672 });
});
afterEach(() => {
  cleanup();
  localStorage.clear();
});

describe('keys', () => {
  it('follow into a panel and come back to where they were', async () => {
    await open('room-people');
    const tile = button(/^Keep .*Carol Okafor.* large/);
    tile.focus();
    await key('p');
    expect(focused()?.closest('.panel')).not.toBeNull();
    await key('Escape');
    expect(screen.queryByRole('complementary')).toBeNull();
    expect(focused()).toBe(tile);
  });

  it('come back to the control that has opened the panel', async () => {
    await open('room-chat-unread');
    const chat = button(/^Chat/);
    chat.focus();
    chat.click();
    await later();
    expect(focused()).toBe(screen.getByLabelText('Message'));
    await key('Escape');
    expect(focused()).toBe(chat);
  });

  it('come back to the title where nothing had them', async () => {
    await open('room-people');
    (focused() as HTMLElement | null)?.blur();
    await key('p', document.body);
    await key('Escape');
    expect(focused()?.id).toBe('meeting-title');
  });

  it('close the panel before they let a pinned picture go', async () => {
    const port = await open('pinned');
    await key('p', document.body);
    await key('Escape');
    expect(port.intents).toEqual([]);
    await key('Escape');
    expect(port.intents).toEqual([{ type: 'unpin' }]);
  });

  it('move through the people, up and down and to both ends', async () => {
    await open('room-people');
    await key('p', document.body);
    const more = screen.getAllByRole('button', { name: /^What to do about/ });
    more[0]?.focus();
    await key('ArrowDown');
    expect(focused()).toBe(more[1]);
    await key('End');
    expect(focused()).toBe(more.at(-1));
    await key('ArrowDown');
    expect(focused()).toBe(more.at(-1));
    await key('Home');
    expect(focused()).toBe(more[0]);
    expect(screen.queryByRole('menu')).toBeNull();
  });

  it('stay in their place in the row', async () => {
    await open('room-lobby');
    await key('p', document.body);
    button(/^Admit .*Carol/).focus();
    await key('ArrowDown');
    expect(focused()).toBe(button(/^Admit .*Wolfe/));
    await key('ArrowUp');
    expect(focused()).toBe(button(/^Admit .*Carol/));
  });

  it('come back from a dialog to what has opened it', async () => {
    await open('room-people');
    await key('p', document.body);
    const invite = button('Invite');
    invite.focus();
    invite.click();
    await later();
    expect(focused()).toBe(screen.getByLabelText('Name or e-mail address'));
    await key('Escape');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(focused()).toBe(invite);
  });

  it('begin where they can do no harm when leaving is a question', async () => {
    await open('room-leave');
    await later();
    expect(focused()).toBe(button('Close'));
    await key('Escape');
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

describe('those who hear the page', () => {
  const told = () => document.querySelector('p.sr-only[role="status"]')?.textContent.replace(/[\u2068\u2069]/gu, '');

  it('are told who comes, once things have settled', async () => {
    const port = await open('two');
    const room = stories['room-people']?.views.find((view) => view.type === 'room');
    if (room?.type !== 'room') throw new Error('there is no room in the story');
    port.show({ ...room, people: room.people.slice(0, 2) });
    await later();
    await new Promise((resolve) => setTimeout(resolve, 750));
    port.show({ ...room, people: room.people.slice(0, 3) });
    await tick();
    port.show({ ...room, people: room.people.slice(0, 6) });
    await tick();
    expect(told()).toBe('');
    await new Promise((resolve) => setTimeout(resolve, 750));
    expect(told()).toContain('4 people have joined.');
  });
});
