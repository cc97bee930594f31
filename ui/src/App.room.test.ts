import { cleanup, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from './App.svelte';
import type { Intent, View } from './contract';
import { ScriptedPort } from './port/scripted';
import { stories } from './stories/stories';
import { showLanguage } from './words/choice';

async function open(name: string): Promise<ScriptedPort> {
  const port = new ScriptedPort(stories[name]?.views ?? []);
  render(App, { port });
  await tick();
  return port;
}

const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });
const types = (port: ScriptedPort) => port.intents.map(({ type }) => type);
const view = <T extends View['type']>(name: string, type: T) =>
  stories[name]?.views.find((each) => each.type === type) as Extract<View, { type: T }>;

/** Menus and dialogs come and go a moment later. */
const later = () => new Promise((resolve) => setTimeout(resolve, 20));

async function press(name: string | RegExp): Promise<void> {
  button(name).click();
  await tick();
}

async function key(key: string, target: Element = document.body): Promise<void> {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await tick();
}

async function choose(who: RegExp, what: string): Promise<void> {
  const trigger = button(who);
  trigger.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0, pointerType: 'mouse' }));
  await tick();
  await later();
  const item = screen.getByRole('menuitem', { name: what });
  item.click();
  await tick();
}

async function fill(label: string, text: string): Promise<void> {
  const field = screen.getByLabelText<HTMLInputElement>(label);
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await tick();
}

beforeEach(() => {
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1256 });
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 672 });
});
afterEach(async () => {
  cleanup();
  await showLanguage('en');
});

describe('the door', () => {
  it('is knocked on in sight of organisers, who let in or look first', async () => {
    const port = await open('room-knock');
    expect(screen.getByText(/Carol Okafor.* wants to come in/)).toBeTruthy();
    await press('Admit');
    expect(port.intents).toEqual([{ type: 'admit', waiting: 'w1' }]);
    expect(screen.queryByText(/wants to come in/)).toBeNull();
    cleanup();
    const many = await open('room-knocks');
    await press('Show');
    expect(screen.queryByText(/want to come in/)).toBeNull();
    await press(/^Refuse .*Carol/);
    await press('Admit all');
    expect(many.intents).toEqual([
      { type: 'refuse', waiting: 'w1' },
      { type: 'admit', waiting: null },
    ]);
  });

  it('is nobody’s business without the power over it', async () => {
    const port = await open('room-knocks');
    const room = view('room-knocks', 'room');
    port.show({ ...room, may: { ...room.may, door: false, silence: false } });
    await tick();
    expect(screen.queryByText(/want to come in/)).toBeNull();
    await key('p');
    expect(screen.queryByRole('switch')).toBeNull();
    expect(screen.queryByRole('button', { name: 'Mute everyone' })).toBeNull();
  });

  it('admits guests and invented names as organisers wish', async () => {
    const port = await open('room-people');
    await key('p');
    screen.getByRole('switch', { name: /^Guests/ }).click();
    screen.getByRole('switch', { name: /^Invented names/ }).click();
    expect(port.intents).toEqual([
      { type: 'setGuests', on: false },
      { type: 'setInventedNames', on: true },
    ]);
  });

  it('is locked and unlocked, and shows what the room says, not what was clicked', async () => {
    const port = await open('room-people');
    await key('p');
    const lock = screen.getByRole<HTMLInputElement>('switch', { name: /^Lock the meeting/ });
    port.dispatch = (intent: Intent) => void port.intents.push(intent);
    lock.click();
    await tick();
    expect(port.intents).toEqual([{ type: 'setLocked', on: true }]);
    expect(lock.checked).toBe(false);
    port.show({ ...view('room-people', 'room'), locked: true });
    await tick();
    expect(lock.checked).toBe(true);
  });
});

describe('powers over somebody', () => {
  it('mute and remove, with a reason and for good', async () => {
    const port = await open('room-people');
    await key('p');
    await choose(/^What to do about .*Bob/, 'Mute');
    await choose(/^What to do about .*Bob/, 'Remove…');
    await fill('Reason (may stay empty)', ' too loud ');
    screen.getByRole('switch', { name: /^They cannot come back/ }).click();
    await tick();
    await press('Remove');
    expect(port.intents).toEqual([
      { type: 'silence', participant: 'p2', what: 'microphone' },
      { type: 'remove', participant: 'p2', reason: 'too loud', ban: true },
    ]);
  });

  it('ask before the meeting is handed over', async () => {
    const port = await open('room-people');
    await key('p');
    await choose(/^What to do about .*Bob/, 'Hand over the meeting…');
    expect(port.intents).toEqual([]);
    await press('Hand over');
    expect(port.intents).toEqual([{ type: 'handOver', participant: 'p2' }]);
  });

  it('lead to a message to them alone', async () => {
    const port = await open('room-chat-unread');
    await key('p');
    await choose(/^What to do about .*Carol/, 'Write to them alone');
    expect(screen.getByLabelText<HTMLSelectElement>('To').value).toBe('p3');
    await fill('Message', 'psst');
    await press('Send');
    expect(port.intents.at(-2)).toEqual({ type: 'say', text: 'psst', to: 'p3', reply: null });
  });
});

describe('what is written to one alone', () => {
  it('is not sent to all when that one has left', async () => {
    const port = await open('room-chat-unread');
    await key('c');
    const to = screen.getByLabelText<HTMLSelectElement>('To');
    to.value = 'p3';
    to.dispatchEvent(new Event('change', { bubbles: true }));
    await fill('Message', 'between us');
    const room = view('room-chat-unread', 'room');
    port.show({ ...room, people: room.people.filter(({ participant }) => participant !== 'p3') });
    await tick();
    expect(screen.getByText(/Carol Okafor.* has left/)).toBeTruthy();
    await key('Enter', screen.getByLabelText('Message'));
    expect(types(port)).not.toContain('say');
    to.value = '';
    to.dispatchEvent(new Event('change', { bubbles: true }));
    await tick();
    await press('Send');
    expect(port.intents.find(({ type }) => type === 'say')).toMatchObject({ text: 'between us', to: null });
  });
});

describe('leaving as organiser', () => {
  it('asks for a successor and takes the deputy unless another one is chosen', async () => {
    const port = await open('room-leave');
    await press('Hand over and leave');
    expect(port.intents).toEqual([{ type: 'leaveTo', participant: 'p3' }]);
    cleanup();
    const other = await open('room-leave');
    screen.getByRole('radio', { name: /Daniel/ }).click();
    await tick();
    await press('Hand over and leave');
    expect(other.intents).toEqual([{ type: 'leaveTo', participant: 'p4' }]);
  });

  it('ends it for all, or is thought better of', async () => {
    const port = await open('room-leave-guests');
    expect(screen.queryByRole('button', { name: 'Hand over and leave' })).toBeNull();
    await press('End for everyone');
    expect(port.intents).toEqual([{ type: 'endForAll' }]);
    cleanup();
    const other = await open('room-leave');
    await press('Stay');
    await later();
    expect(other.intents).toEqual([{ type: 'stay' }]);
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

describe('being asked to unmute', () => {
  it('opens nothing by itself', async () => {
    const port = await open('room-asked');
    expect(port.intents).toEqual([]);
    await press('Stay muted');
    expect(port.intents).toEqual([{ type: 'stayMuted' }]);
    port.show(view('room-asked', 'room'));
    await tick();
    await press('Unmute');
    expect(port.intents.at(-1)).toEqual({ type: 'setMicrophone', on: true });
  });
});

describe('hands, reactions and views', () => {
  it('go by keys and buttons', async () => {
    const port = await open('room-people');
    await key('r');
    await key('r');
    await key('w');
    await key('w');
    expect(port.intents).toEqual([
      { type: 'raiseHand', up: true },
      { type: 'raiseHand', up: false },
      { type: 'setLayout', layout: 'grid' },
      { type: 'setLayout', layout: 'speaker' },
    ]);
    await press('Picture in picture');
    expect(port.asked).toEqual(['small true']);
    expect(button('Close picture in picture')).toBeTruthy();
  });

  it('let an emoji float by, and another one', async () => {
    const port = await open('room-people');
    await press('React');
    await later();
    await press('🎉');
    await press('🎉');
    expect(port.intents).toEqual([
      { type: 'react', emoji: '🎉' },
      { type: 'react', emoji: '🎉' },
    ]);
  });

  it('show everybody alike, each exactly once', async () => {
    await open('grid-nine');
    const tiles = [...document.querySelectorAll('article[aria-label]')];
    expect(tiles).toHaveLength(9);
    expect(new Set(tiles.map((tile) => (tile as HTMLElement).style.width)).size).toBe(1);
  });

  it('leave keys alone while a dialog is open', async () => {
    const port = await open('room-leave');
    await key('m');
    await key('r');
    expect(port.intents).toEqual([]);
  });
});

describe('a room of other software', () => {
  it('is not offered what it does not know', async () => {
    const port = await open('room-foreign');
    expect(screen.queryByRole('button', { name: 'Raise hand' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'React' })).toBeNull();
    await key('r');
    expect(port.intents).toEqual([]);
    await key('?');
    await later();
    expect(screen.getByText('Mute or unmute')).toBeTruthy();
    expect(screen.queryByText('Raise or lower hand')).toBeNull();
  });
});

describe('being told of speaking while muted', () => {
  it('is switched off and on beside the microphone', async () => {
    const port = await open('home-devices');
    await press('Camera and sound');
    const notice = screen.getByRole<HTMLInputElement>('switch', { name: /^Tell me when I speak while muted/ });
    expect(notice.checked).toBe(true);
    notice.click();
    await tick();
    expect(port.intents.at(-1)).toEqual({ type: 'setNoticeMuted', on: false });
    expect(notice.checked).toBe(false);
  });
});

describe('inviting', () => {
  it('rings contacts, and mails whoever is typed as an address', async () => {
    const port = await open('invite-empty');
    port.show(view('invite', 'people'));
    await key('p');
    await press('Invite');
    await press(/^Invite .*Bob/);
    await fill('Name or e-mail address', 'carol@mail.example');
    await press('Send mail');
    expect(port.intents.filter(({ type }) => type !== 'findPeople')).toEqual([
      { type: 'invite', user: 'user://acme.example/bob.lindqvist@acme.example', name: 'Bob Lindqvist' },
      { type: 'inviteByMail', address: 'carol@mail.example', name: '', language: 'en' },
    ]);
    expect(screen.getByText(/carol@mail\.example.* is on its way/)).toBeTruthy();
  });

  it('happens as soon as the new meeting stands, and only there', async () => {
    const port = await open('create-room');
    await press('New meeting');
    screen.getByRole('checkbox', { name: /Bob/ }).click();
    await tick();
    await fill('Name (without one it gets a number)', 'product-review');
    await press('Start');
    expect(port.intents).toEqual([{ type: 'createRoom', name: 'product-review' }]);
    port.show(view('room-people', 'room'));
    port.show(view('room-people', 'meeting'));
    await tick();
    expect(types(port)).toEqual(['createRoom', 'invite']);
  });
});

describe('an opened link', () => {
  it('opens no device and joins nothing before it is followed', async () => {
    const port = await open('check');
    expect(port.intents).toEqual([]);
    expect(screen.getByText('https://meet.acme.example:8443')).toBeTruthy();
    await press('Continue');
    expect(port.intents).toEqual([{ type: 'checkDevices', on: true }]);
    await press('Test speaker');
    await press('Join');
    expect(port.intents.slice(1)).toEqual([{ type: 'testSpeaker' }, { type: 'followLink', account: 1, name: '' }]);
  });

  it('closes the devices again when one goes back', async () => {
    const port = await open('check');
    await press('Continue');
    await press('Back');
    expect(port.intents.at(-1)).toEqual({ type: 'checkDevices', on: false });
    expect(screen.getByRole('dialog')).toBeTruthy();
    await press('Not now');
    expect(port.intents.at(-1)).toEqual({ type: 'dropLink' });
  });

  it('to an unknown server asks for a name', async () => {
    const port = await open('arrival-signed-out');
    await fill('Your name', ' ');
    await press('Continue');
    expect(screen.getByText('Type a name that others will see.')).toBeTruthy();
    expect(types(port)).not.toContain('checkDevices');
  });
});

describe('what was decided by others', () => {
  it('is told on a screen of its own, with the reason', async () => {
    const port = await open('room-removed');
    expect(screen.getByText(/for the product team only/)).toBeTruthy();
    await press('Back to the start');
    expect(port.intents).toEqual([{ type: 'dismiss', problem: 1 }]);
    expect(button('Join')).toBeTruthy();
  });

  it('is kept as a table and as a file', async () => {
    const port = await open('room-log');
    await key('p');
    await press('What has happened…');
    expect(port.intents).toEqual([{ type: 'askLog' }]);
    await press('Save as file');
    expect(port.asked).toEqual(['save Product review-2026-11-21.csv']);
  });
});

describe('the language', () => {
  it('changes at once, and comes back', async () => {
    await open('home-recent');
    await showLanguage('de');
    await tick();
    expect(button('Beitreten')).toBeTruthy();
    expect(document.documentElement.lang).toBe('de');
    await showLanguage('pt');
    await tick();
    expect(button('Entrar')).toBeTruthy();
  });
});
