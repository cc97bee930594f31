import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Engine } from './engine';
import {
  answered,
  fakeGlobals,
  FakeBrowser,
  FakePictures,
  plan,
  publish,
  receive,
  settled,
  told,
  type FakePeer,
} from './fakes';
import { CONNECTING, GATHERING, SILENT } from './leg';
import type { Pictures } from './pictures';
import { NOTHING, type MediaFact } from './wire';

let browser: FakeBrowser;
let pictures: FakePictures;
let facts: MediaFact[];
let engine: Engine;

beforeEach(() => {
  vi.useFakeTimers();
  fakeGlobals();
  browser = new FakeBrowser();
  pictures = new FakePictures();
  facts = [];
  engine = new Engine(browser, pictures as unknown as Pictures, (fact) => facts.push(fact));
});

afterEach(() => {
  engine.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The newest transport, with all its candidates. */
async function peer(): Promise<FakePeer> {
  await settled();
  const newest = browser.peers.at(-1);
  if (!newest) throw new Error('no transport was made');
  newest.gathered();
  await settled();
  return newest;
}

const sent = (from: FakePeer, kind: string) => from.transceivers.find((one) => one.kind === kind)?.sender.track ?? null;

describe('a published leg', () => {
  it('offers H.264 and Opus with all its candidates, and is up when the far side has answered', async () => {
    engine.setPlan(plan({ 3: publish(true) }));
    const made = await peer();
    expect(told(facts, 'legOffer').map(({ value }) => [value.leg, value.generation])).toEqual([[3, 1]]);
    expect(made.transceivers.map(({ kind, direction }) => `${kind} ${direction}`)).toEqual([
      'audio sendonly',
      'video sendonly',
    ]);
    const codecs = made.transceivers[1]?.codecs as { mimeType: string; sdpFmtpLine?: string }[];
    expect(codecs.map(({ mimeType, sdpFmtpLine }) => [mimeType, sdpFmtpLine])).toEqual([
      ['video/H264', 'packetization-mode=1;profile-level-id=42e01f'],
      ['video/rtx', undefined],
    ]);
    engine.setPlan(plan({ 3: answered(publish(true), 'v=0 theirs', ['candidate:7']) }));
    await settled();
    expect(made.remote).toEqual(['answer v=0 theirs']);
    expect(made.candidates).toEqual(['candidate:7']);
    made.becomes('connected');
    expect(told(facts, 'legUp')).toEqual([{ type: 'legUp', value: { leg: 3, generation: 1 } }]);
  });

  it('waits for candidates no longer than three seconds, and hides addresses of the local network', async () => {
    engine.setPlan(plan({ 3: publish(true) }));
    await settled();
    vi.advanceTimersByTime(GATHERING - 1);
    await settled();
    expect(told(facts, 'legOffer')).toEqual([]);
    vi.advanceTimersByTime(1);
    await settled();
    expect(told(facts, 'legOffer').map(({ value }) => value.sdp)).toEqual(['v=0\r\na=mid:0\r\n']);
  });

  it('sends nothing at all while its gate is closed, and is silent at once', async () => {
    engine.setPlan(plan({ 3: publish(true) }));
    const made = await peer();
    const voice = sent(made, 'audio');
    expect(voice?.enabled).toBe(true);
    engine.setPlan(plan({ 3: publish(false) }));
    expect([voice?.enabled, voice?.readyState]).toEqual([false, 'ended']);
    expect(sent(made, 'audio')).toBeNull();
    const microphone = browser.tracks.find(({ kind }) => kind === 'audio');
    expect(microphone?.readyState).toBe('live');
    engine.setPlan(plan({ 3: publish(true) }));
    expect(sent(made, 'audio')?.enabled).toBe(true);
  });

  it('sends what is opened later', async () => {
    engine.setPlan(plan({ 3: publish(true, { on: false }) }, { camera: null }));
    const made = await peer();
    expect(sent(made, 'video')).toBeNull();
    engine.setPlan(plan({ 3: publish(true) }));
    await settled();
    expect(sent(made, 'video')).not.toBeNull();
    engine.setPlan(plan({ 3: publish(true, { on: false }) }, { camera: null }));
    expect(sent(made, 'video')).toBeNull();
    expect(
      browser.tracks.filter(({ kind }) => kind === 'video').every(({ readyState }) => readyState === 'ended'),
    ).toBe(true);
  });

  it('keeps its picture below the limits', async () => {
    engine.setPlan(plan({ 3: publish(true, { maxSize: [640, 360], maxBitrate: 300_000 }) }));
    const made = await peer();
    expect(made.transceivers[1]?.sender.encodings).toEqual([
      { maxBitrate: 300_000, maxFramerate: 30, scaleResolutionDownBy: 2 },
    ]);
  });

  it('is built anew for a higher generation', async () => {
    engine.setPlan(plan({ 3: publish(true) }));
    const old = await peer();
    engine.setPlan(plan({ 3: { ...publish(true), generation: 2 } }));
    expect(old.connectionState).toBe('closed');
    await peer();
    expect(browser.peers).toHaveLength(2);
    expect(told(facts, 'legOffer').map(({ value }) => value.generation)).toEqual([1, 2]);
  });

  it('that nobody wants is closed before any device', async () => {
    engine.setPlan(plan({ 3: publish(true) }));
    const made = await peer();
    const voice = sent(made, 'audio');
    engine.setPlan(NOTHING);
    expect([made.connectionState, voice?.readyState]).toEqual(['closed', 'ended']);
    expect(browser.tracks.every(({ readyState }) => readyState === 'ended')).toBe(true);
    expect(told(facts, 'cameraClosed', 'microphoneClosed')).toHaveLength(2);
  });
});

describe('a received leg', () => {
  it('is heard and seen, and neither when it is gone', async () => {
    engine.setPlan(plan({ 4: receive(7) }));
    const made = await peer();
    expect(made.transceivers.map(({ direction }) => direction)).toEqual(['recvonly', 'recvonly']);
    made.arrive();
    made.becomes('connected');
    expect(pictures.shown.get(7)).toBe(made.transceivers[1]?.receiver.track);
    const player = browser.players.find(({ srcObject }) => srcObject !== null);
    expect(player?.muted).toBe(false);
    pictures.onfirst(7);
    expect(told(facts, 'firstPicture').at(-1)?.value).toBe(7);
    engine.setPlan(plan({}));
    expect(pictures.shown.has(7)).toBe(false);
    expect(player?.srcObject).toBeNull();
  });

  it('answers an offer of the far side', async () => {
    const offered = { ...receive(7), offer: { sdp: 'v=0 offer', candidates: ['candidate:1'] } };
    engine.setPlan(plan({ 4: offered }));
    const made = await peer();
    expect(made.remote).toEqual(['offer v=0 offer']);
    expect(told(facts, 'legAnswer')).toHaveLength(1);
    engine.setPlan(
      plan({ 4: { ...offered, offer: { ...offered.offer, candidates: ['candidate:1', 'candidate:2'] } } }),
    );
    await settled();
    expect(made.candidates).toEqual(['candidate:1', 'candidate:2']);
  });

  it('tells its level in dBFS, ours while muted too', async () => {
    engine.setPlan(plan({ 3: publish(false), 4: receive(7) }));
    await settled();
    for (const made of browser.peers) made.gathered();
    await settled();
    const made = browser.peers[1];
    made?.arrive();
    if (made?.transceivers[0]) made.transceivers[0].receiver.level = 0.1;
    engine.tellLevels();
    expect(told(facts, 'ownLevel', 'level')).toEqual([
      { type: 'ownLevel', value: -20 },
      { type: 'level', value: [4, -20] },
    ]);
  });

  it('tells when its picture stands still, and when it moves again', async () => {
    engine.setPlan(plan({ 4: receive(7) }));
    const made = await peer();
    made.becomes('connected');
    const pictures = (framesDecoded: number) =>
      (made.report = new Map([['v', { id: 'v', type: 'inbound-rtp', kind: 'video', framesDecoded }]]));
    for (const count of [10, 20, 20, 20, 20, 20, 30]) {
      pictures(count);
      await engine.tellStats();
    }
    expect(told(facts, 'pictureStalled', 'firstPicture').map(({ type, value }) => [type, value])).toEqual([
      ['pictureStalled', 7],
      ['firstPicture', 7],
    ]);
  });
});

describe('statistics', () => {
  it('of many legs are told by turns, and of few every time', async () => {
    const turn = async (): Promise<number[]> => {
      facts.length = 0;
      await engine.tellStats();
      return told(facts, 'stats').map(({ value: [leg] }) => leg);
    };
    engine.setPlan(plan({ 1: receive(11), 2: receive(12) }));
    expect([await turn(), await turn()]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    engine.setPlan(plan(Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((leg) => [leg, receive(10 + leg)]))));
    expect([await turn(), await turn()]).toEqual([
      [1, 2, 3, 4, 5],
      [6, 7, 1, 2, 3],
    ]);
  });
});

describe('a leg that cannot be', () => {
  async function down(act: (made: FakePeer) => void | Promise<void>) {
    engine.setPlan(plan({ 3: publish(true) }));
    const made = await peer();
    await act(made);
    await settled();
    expect(made.connectionState).toBe('closed');
    return told(facts, 'legDown').map(({ value }) => value.reason);
  }

  it('says what is wrong with the answer', async () => {
    const reasons = await down((made) => {
      made.refuse = 'no fingerprint';
      engine.setPlan(plan({ 3: answered(publish(true)) }));
    });
    expect(reasons).toEqual([{ type: 'badAnswer', value: 'Error: no fingerprint' }]);
  });

  it('gives up when no path is found in time', async () => {
    const reasons = await down(async () => {
      engine.setPlan(plan({ 3: answered(publish(true)) }));
      await settled();
      vi.advanceTimersByTime(CONNECTING);
    });
    expect(reasons).toEqual([{ type: 'noPath' }]);
  });

  it('gives a path up that is silent for three seconds, not one that comes back before', async () => {
    const reasons = await down((made) => {
      made.becomes('connected');
      made.becomes('disconnected');
      vi.advanceTimersByTime(SILENT - 1);
      made.becomes('connected');
      vi.advanceTimersByTime(SILENT);
      expect(told(facts, 'legDown')).toEqual([]);
      made.becomes('disconnected');
      vi.advanceTimersByTime(SILENT);
    });
    expect(reasons).toEqual([{ type: 'lost' }]);
  });

  it('is given up no more when it was closed meanwhile', async () => {
    engine.setPlan(plan({ 3: publish(true) }));
    const made = await peer();
    made.becomes('connected');
    made.becomes('disconnected');
    engine.setPlan(plan({}));
    vi.advanceTimersByTime(SILENT);
    expect(told(facts, 'legDown')).toEqual([]);
  });

  it('tells a path that was lost from one that was never found or was not secure', async () => {
    expect(await down((made) => (made.becomes('connected'), made.becomes('failed')))).toEqual([{ type: 'lost' }]);
    facts.length = 0;
    engine.setPlan(NOTHING);
    expect(await down((made) => made.becomes('failed'))).toEqual([{ type: 'noPath' }]);
    facts.length = 0;
    engine.setPlan(NOTHING);
    const insecure = await down((made) => {
      if (made.transceivers[0]) made.transceivers[0].sender.transport = { state: 'failed' };
      made.iceConnectionState = 'connected';
      made.becomes('failed');
    });
    expect(insecure).toEqual([{ type: 'security', value: 'DTLS failed' }]);
  });

  it('without H.264 has sound only, and is none where it would show a picture only', async () => {
    vi.stubGlobal('RTCRtpSender', { getCapabilities: () => ({ codecs: [{ mimeType: 'video/VP8' }] }) });
    engine.setPlan(plan({ 3: publish(true), 5: publish(null, { content: 'screen' }) }));
    await settled();
    expect(browser.peers[0]?.transceivers.map(({ kind }) => kind)).toEqual(['audio']);
    const reason = { type: 'transport', value: 'Error: this browser has no H.264' };
    expect(told(facts, 'legDown').map(({ value }) => value)).toEqual([{ leg: 5, generation: 1, reason }]);
  });
});

describe('devices', () => {
  it('are asked for together when both are wanted', async () => {
    engine.setPlan(plan({}));
    await settled();
    expect(browser.asked).toHaveLength(1);
    expect(told(facts, 'cameraOpened')[0]?.value).toBe('Fake camera, 1280×720, 30 fps');
    expect(told(facts, 'microphoneOpened')).toHaveLength(1);
    expect([...pictures.shown.keys()]).toEqual([0]);
  });

  it('that are missing leave the other one', async () => {
    browser.refusals.push('NotFoundError', 'NotFoundError');
    engine.setPlan(plan({}));
    await settled();
    expect(told(facts, 'cameraFailed')).toEqual([{ type: 'cameraFailed', value: { type: 'missing' } }]);
    expect(told(facts, 'microphoneOpened')).toHaveLength(1);
  });

  it('that were refused are not asked for again by a plug, only by the user', async () => {
    browser.refusals.push('NotAllowedError');
    engine.setPlan(plan({}));
    await settled();
    expect(told(facts, 'cameraFailed', 'microphoneFailed').map(({ value }) => value.type)).toEqual([
      'denied',
      'denied',
    ]);
    browser.list = [{ kind: 'videoinput', deviceId: 'new', label: 'New' }];
    await engine.look();
    await settled();
    expect(browser.asked).toHaveLength(1);
    engine.setPlan(plan({}, { deviceAttempt: 1 }));
    await settled();
    expect(told(facts, 'cameraOpened', 'microphoneOpened')).toHaveLength(2);
  });

  it('that are busy are tried again when something is plugged in', async () => {
    browser.refusals.push('NotReadableError');
    engine.setPlan(plan({}, { microphone: null }));
    await settled();
    expect(told(facts, 'cameraFailed')[0]?.value).toEqual({ type: 'busy' });
    browser.list = [{ kind: 'videoinput', deviceId: 'new', label: 'New' }];
    await engine.look();
    await settled();
    expect(told(facts, 'cameraOpened')).toHaveLength(1);
  });

  it('that stop by themselves are lost', async () => {
    engine.setPlan(plan({}));
    await settled();
    browser.tracks.find(({ kind }) => kind === 'video')?.onended?.();
    expect(told(facts, 'cameraLost')).toEqual([{ type: 'cameraLost', value: { type: 'gone' } }]);
    expect(pictures.shown.size).toBe(0);
  });

  it('are exchanged for a chosen one, the old one first', async () => {
    engine.setPlan(plan({}, { camera: null }));
    await settled();
    engine.setPlan(plan({}, { camera: null, microphone: 'usb' }));
    await settled();
    expect(browser.asked[1]).toMatchObject({ audio: { deviceId: { exact: 'usb' } } });
    expect(browser.tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'live']);
  });

  it('play on the chosen speaker, or not at all', async () => {
    engine.setPlan(plan({ 4: receive(7) }, { speaker: 'headset' }));
    (await peer()).arrive();
    await settled();
    const player = browser.players.find(({ srcObject }) => srcObject !== null);
    expect([player?.sink, player?.playing, player?.muted]).toEqual(['headset', true, false]);
    engine.setPlan(plan({ 4: receive(7) }, { speaker: null }));
    expect(player?.muted).toBe(true);
  });
});
