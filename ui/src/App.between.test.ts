import { cleanup, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from './App.svelte';
import type { View } from './contract';
import { ScriptedPort } from './port/scripted';
import { stories } from './stories/stories';

/** What must outlive a change of the screen, and what must not. */

async function open(name: string): Promise<ScriptedPort> {
  const port = new ScriptedPort(stories[name]?.views ?? []);
  render(App, { port });
  await tick();
  return port;
}

const types = (port: ScriptedPort) => port.intents.map(({ type }) => type);
const view = <T extends View['type']>(name: string, type: T) =>
  stories[name]?.views.find((each) => each.type === type) as Extract<View, { type: T }>;

async function press(name: string): Promise<void> {
  screen.getByRole('button', { name }).click();
  await tick();
}

async function show(port: ScriptedPort, ...views: View[]): Promise<void> {
  for (const each of views) port.show(each);
  await tick();
}

const field = () => screen.getByLabelText<HTMLTextAreaElement>('Message');

async function write(text: string): Promise<void> {
  field().value = text;
  field().dispatchEvent(new Event('input', { bubbles: true }));
  await tick();
}

beforeEach(() => {
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1256 });
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 672 });
});
afterEach(() => cleanup());

describe('what is being written', () => {
  it('is there again when the conversation is, and not in another meeting', async () => {
    const port = await open('room-chat-empty');
    await press('Chat');
    await write('half a thou');
    await press('Chat');
    await press('Chat');
    expect(field().value).toBe('half a thou');
    await show(port, { ...view('room-chat-empty', 'meeting'), room: 'elsewhere' });
    await press('Chat');
    expect(field().value).toBe('');
  });
});

describe('a meeting', () => {
  it('is on the screen as long as it lasts, also while another account is being signed in', async () => {
    const port = await open('two');
    await show(port, { ...view('two', 'session'), phase: 'signingIn' });
    expect(screen.getByRole('button', { name: 'Leave' })).toBeTruthy();
  });
});

describe('the invitations of a new meeting', () => {
  it('do not go out in another one when it was left before it stood', async () => {
    const port = await open('create-room');
    await press('New meeting');
    screen.getByRole('checkbox', { name: /Bob/ }).click();
    await tick();
    await press('Start');
    const meeting = view('room-people', 'meeting');
    await show(port, { ...meeting, phase: 'joining' });
    await show(port, { ...meeting, phase: 'idle' });
    await show(port, view('room-people', 'room'), meeting);
    expect(types(port)).toEqual(['createRoom']);
  });
});

describe('a link that is opened while another one is followed', () => {
  it('is asked about itself, and is not what was agreed to', async () => {
    const port = await open('check');
    await press('Continue');
    await show(port, { ...view('check', 'arrival'), room: 'elsewhere' });
    expect(screen.getByRole('dialog').textContent).toContain('elsewhere');
    await press('Not now');
    expect(types(port)).not.toContain('followLink');
    expect(screen.queryByRole('button', { name: 'Back' })).toBeNull();
  });
});
