import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Intent, View } from '../contract';
import type { MediaPlan } from '../contract/media';
import { fakeGlobals, FakeBrowser, plan, publish, settled } from '../guest/media/fakes';
import type { Pictures } from '../guest/media/pictures';
import type { Down, Up, Wire } from '../guest/socket';
import { GuestPort } from './guest';

/** The backend's end of the socket. */
class FakeWire implements Wire {
  onopen: Wire['onopen'] = null;
  onmessage: Wire['onmessage'] = null;
  onclose: Wire['onclose'] = null;
  readonly heard: Up[] = [];

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    this.heard.push(JSON.parse(String(data)) as Up);
  }

  close(): void {}

  says(message: Down): void {
    this.onmessage?.call(this as unknown as WebSocket, new MessageEvent('message', { data: JSON.stringify(message) }));
  }

  intents(): Intent[] {
    return this.heard.flatMap((up) => ('intent' in up ? [up.intent] : []));
  }
}

let browser: FakeBrowser;
let wire: FakeWire;
let views: View[];
let news: string[];
let port: GuestPort;

beforeEach(() => {
  vi.useFakeTimers();
  fakeGlobals();
  browser = new FakeBrowser();
  [views, news] = [[], []];
  const none = () => undefined;
  const pictures = {
    onfirst: none,
    show: none,
    clear: none,
    size: () => null,
    place: none,
    close: none,
    canPopOut: false,
  };
  const heard = {
    ontrouble: none,
    onrestoring: none,
    ongone: (reason: string) => void news.push(reason),
  };
  port = new GuestPort('4711', pictures as unknown as Pictures, heard, browser, () => (wire = new FakeWire()));
  port.subscribe((view) => void views.push(view));
});

afterEach(() => {
  port.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The guest has a ticket, and the user agent is there. */
function enter(): void {
  port.enter({ token: 't', ws: 'ws://x/' });
  wire.onopen?.call(wire as unknown as WebSocket, new Event('open'));
  wire.says({ welcome: { resume: 'r' } });
}

const wanting = (legs: MediaPlan['legs'], more: Partial<MediaPlan> = {}): Down => ({
  plan: { ...plan(legs), watchShares: false, ...more } as MediaPlan,
});
const opened = () => browser.asked.map(({ audio, video }) => [Boolean(audio), Boolean(video)]);
const live = () => browser.tracks.filter(({ readyState }) => readyState === 'live').map(({ kind }) => kind);

describe('the guest page’s port', () => {
  it('opens nothing and says nothing before the guest does something', async () => {
    await settled();
    expect([opened(), views.some(({ type }) => type === 'check')]).toEqual([[], true]);
  });

  it('takes inside what was set at the door, without opening anything twice', async () => {
    port.dispatch({ type: 'checkDevices', on: true });
    await settled();
    enter();
    expect(wire.intents()).toEqual([
      { type: 'setMicrophone', on: true },
      { type: 'setCamera', on: true },
      { type: 'join', room: '4711' },
    ]);
    // A user agent that is not in the room yet wants nothing: the picture stays.
    wire.says(wanting({}, { camera: null, microphone: null, speaker: null }));
    expect(live()).toEqual(['audio', 'video']);
    wire.says(wanting({ 1: publish(true) }));
    await settled();
    expect([opened(), live()]).toEqual([[[true, true]], ['audio', 'video']]);
    const facts = wire.heard.flatMap((up) => ('fact' in up ? [up.fact.type] : []));
    expect(facts).toEqual(expect.arrayContaining(['cameraOpened', 'microphoneOpened', 'devices']));
  });

  it('opens no microphone for a guest who has not agreed, whatever the plan', async () => {
    enter();
    wire.says(wanting({ 1: publish(false, { on: false }) }, { camera: null }));
    await settled();
    expect(opened()).toEqual([]);
    port.dispatch({ type: 'setMicrophone', on: true });
    await settled();
    expect(opened()).toEqual([[true, false]]);
  });

  it('wishes to share when the guest has chosen what, and not when they have not', async () => {
    enter();
    browser.refusals.push('NotAllowedError');
    port.dispatch({ type: 'shareScreen', source: null });
    await settled();
    const shares = () => wire.intents().filter(({ type }) => type === 'shareScreen').length;
    expect(shares()).toBe(0);
    port.dispatch({ type: 'shareScreen', source: null });
    await settled();
    expect(shares()).toBe(1);
  });

  it('lets go of a screen that was chosen when the meeting had ended', async () => {
    enter();
    port.dispatch({ type: 'shareScreen', source: null });
    wire.says({ gone: { reason: 'ended', text: '' } });
    await settled();
    expect([wire.intents().some(({ type }) => type === 'shareScreen'), live()]).toEqual([false, []]);
  });

  it('closes everything when it is over, and stands at the door again', async () => {
    port.dispatch({ type: 'checkDevices', on: true });
    enter();
    wire.says(wanting({ 1: publish(true) }));
    await settled();
    wire.says({ gone: { reason: 'removed', text: '' } });
    expect([news, live()]).toEqual([['removed'], []]);
    expect(browser.peers.every(({ connectionState }) => connectionState === 'closed')).toBe(true);
    port.knock();
    port.dispatch({ type: 'setCamera', on: true });
    await settled();
    expect(live()).toEqual(['video']);
  });

  it('opens the microphone for a guest who holds the key to talk', async () => {
    enter();
    wire.says(wanting({ 1: publish(false, { on: false }) }, { camera: null }));
    port.dispatch({ type: 'pushToTalk', down: true });
    await settled();
    expect(opened()).toEqual([[true, false]]);
  });

  it('lets a guest leave though the connection is lost', async () => {
    port.dispatch({ type: 'checkDevices', on: true });
    enter();
    wire.says(wanting({ 1: publish(true) }));
    await settled();
    wire.onclose?.call(wire as unknown as WebSocket, new CloseEvent('close'));
    port.dispatch({ type: 'leave' });
    expect([news, live()]).toEqual([['left'], []]);
  });

  it('offers files under names of its own', async () => {
    enter();
    port.offerPasted('Pasted picture.png', new Blob(['x'], { type: 'image/png' }));
    expect(wire.heard.at(-1)).toEqual({ offer: '1/Pasted picture.png' });
    wire.says({
      files: {
        leg: null,
        own: {},
        wanted: {},
        store: {
          access: null,
          own: { f1: { path: '1/Pasted picture.png', name: 'p.png', mime: 'image/png' } },
          wanted: {},
        },
      },
    });
    vi.useRealTimers();
    await vi.waitFor(
      () => {
        expect(wire.heard.at(-1)).toMatchObject({ fileFact: { type: 'prepared', value: { id: 'f1', size: 1 } } });
      },
      { timeout: 15_000 },
    );
  });
});
