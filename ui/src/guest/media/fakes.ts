/** Stand-ins for the browser's media, for tests. They do what the standards say, and remember what was asked of them. */
import { vi } from 'vitest';
import type { Browser } from './engine';
import type { LegPlan, MediaFact, Plan, PublishVideo } from './wire';
import { NOTHING } from './wire';

/** A track. Its copies are known to it. */
export class FakeTrack {
  enabled = true;
  readyState: 'live' | 'ended' = 'live';
  contentHint = '';
  onended: (() => void) | null = null;
  readonly copies: FakeTrack[] = [];

  constructor(
    readonly kind: 'audio' | 'video',
    readonly label = 'Fake',
    readonly settings: MediaTrackSettings = {},
  ) {}

  stop(): void {
    this.readyState = 'ended';
  }

  clone(): FakeTrack {
    const copy = new FakeTrack(this.kind, this.label, this.settings);
    this.copies.push(copy);
    return copy;
  }

  getSettings(): MediaTrackSettings {
    return this.settings;
  }
}

/** What is sent over a transceiver. */
export class FakeSender {
  track: FakeTrack | null = null;
  transport: { state: string } | null = null;
  encodings: Record<string, unknown>[] = [{}];

  replaceTrack(track: FakeTrack | null): Promise<void> {
    this.track = track;
    return Promise.resolve();
  }

  getParameters() {
    return { encodings: this.encodings };
  }

  setParameters(parameters: { encodings: Record<string, unknown>[] }): Promise<void> {
    this.encodings = parameters.encodings;
    return Promise.resolve();
  }
}

export class FakeTransceiver {
  readonly sender = new FakeSender();
  readonly receiver: { track: FakeTrack; transport: null; level: number; getSynchronizationSources(): unknown[] };
  codecs: { mimeType: string }[] = [];

  constructor(
    readonly kind: 'audio' | 'video',
    public direction: string,
  ) {
    const receiver = {
      track: new FakeTrack(kind),
      transport: null,
      level: 0,
      getSynchronizationSources: () => [{ audioLevel: receiver.level }],
    };
    this.receiver = receiver;
  }

  setCodecPreferences(codecs: { mimeType: string }[]): void {
    this.codecs = codecs;
  }
}

/** A transport whose far side is the test. */
export class FakePeer extends EventTarget {
  onconnectionstatechange: (() => void) | null = null;
  ontrack: ((event: { track: FakeTrack; receiver: FakeTransceiver['receiver'] }) => void) | null = null;
  connectionState = 'new';
  iceConnectionState = 'new';
  signalingState = 'stable';
  iceGatheringState = 'new';
  localDescription: { sdp: string } | null = null;
  remote: string[] = [];
  candidates: string[] = [];
  readonly transceivers: FakeTransceiver[] = [];
  /** What the next remote description is refused for. */
  refuse: string | null = null;
  report = new Map<string, unknown>();

  constructor(readonly configuration: RTCConfiguration) {
    super();
  }

  addTransceiver(kind: 'audio' | 'video', { direction }: { direction: string }): FakeTransceiver {
    const transceiver = new FakeTransceiver(kind, direction);
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }

  setLocalDescription(): Promise<void> {
    this.localDescription = { sdp: 'v=0\r\na=candidate:1 1 udp 1 abc.local 9 typ host\r\na=mid:0\r\n' };
    return Promise.resolve();
  }

  setRemoteDescription({ type, sdp }: { type: string; sdp: string }): Promise<void> {
    if (this.refuse !== null) return Promise.reject(new Error(this.refuse));
    this.remote.push(`${type} ${sdp}`);
    return Promise.resolve();
  }

  addIceCandidate({ candidate }: { candidate: string }): Promise<void> {
    this.candidates.push(candidate);
    return Promise.resolve();
  }

  getStats(): Promise<Map<string, unknown>> {
    return Promise.resolve(this.report);
  }

  close(): void {
    this.connectionState = this.signalingState = 'closed';
  }

  /** All candidates are there. */
  gathered(): void {
    this.iceGatheringState = 'complete';
    this.dispatchEvent(new Event('icegatheringstatechange'));
  }

  /** The path is in this state. */
  becomes(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  /** The far side's media arrives. */
  arrive(): void {
    for (const { receiver } of this.transceivers) this.ontrack?.({ track: receiver.track, receiver });
  }
}

/** A browser that has one of everything. */
export class FakeBrowser implements Browser {
  readonly peers: FakePeer[] = [];
  readonly asked: MediaStreamConstraints[] = [];
  readonly tracks: FakeTrack[] = [];
  readonly players: { srcObject: unknown; muted: boolean; sink: string; playing: boolean }[] = [];
  /** Names of errors that the next requests are refused with. */
  readonly refusals: string[] = [];
  pictures = true;
  ownLevel = -20;
  list: { kind: string; deviceId: string; label: string }[] = [];
  plug: () => void = () => undefined;

  readonly media = {
    getUserMedia: (wanted: MediaStreamConstraints) => this.#open(wanted),
    getDisplayMedia: () => this.#open({ video: true }),
    enumerateDevices: () => Promise.resolve(this.list),
    addEventListener: (_: string, listener: () => void) => (this.plug = listener),
    removeEventListener: () => undefined,
  } as unknown as Browser['media'];

  peer(configuration: RTCConfiguration): RTCPeerConnection {
    const peer = new FakePeer(configuration);
    this.peers.push(peer);
    return peer as unknown as RTCPeerConnection;
  }

  meter() {
    return { level: () => this.ownLevel, stop: () => undefined };
  }

  player() {
    const player = {
      srcObject: null,
      muted: false,
      sink: '',
      playing: false,
      play: () => Promise.resolve(void (player.playing = true)),
      pause: () => void (player.playing = false),
      setSinkId: (sink: string) => Promise.resolve(void (player.sink = sink)),
    };
    this.players.push(player);
    return player;
  }

  tone() {
    return { track: new FakeTrack('audio') as unknown as MediaStreamTrack, stop: () => undefined };
  }

  #open(wanted: MediaStreamConstraints): Promise<MediaStream> {
    this.asked.push(wanted);
    const refusal = this.refusals.shift();
    if (refusal) return Promise.reject(Object.assign(new Error(refusal), { name: refusal }));
    const made: FakeTrack[] = [];
    if (wanted.audio) made.push(new FakeTrack('audio', 'Fake microphone'));
    if (wanted.video) made.push(new FakeTrack('video', 'Fake camera', { width: 1280, height: 720, frameRate: 30 }));
    this.tracks.push(...made);
    return Promise.resolve(new FakeStream(made) as unknown as MediaStream);
  }
}

/** Where pictures are shown. */
export class FakePictures {
  onfirst: (stream: number) => void = () => undefined;
  readonly shown = new Map<number, unknown>();
  show = (stream: number, track: unknown) => void this.shown.set(stream, track);
  clear = (stream: number) => void this.shown.delete(stream);
  size = () => null;
  place = () => undefined;
  close = () => undefined;
}

class FakeStream {
  constructor(readonly tracks: FakeTrack[]) {}
  getTracks = () => this.tracks;
  getAudioTracks = () => this.tracks.filter(({ kind }) => kind === 'audio');
  getVideoTracks = () => this.tracks.filter(({ kind }) => kind === 'video');
}

/** Puts what the browser brings as globals into place. */
export function fakeGlobals(): void {
  const codecs = [
    { mimeType: 'video/VP8' },
    { mimeType: 'video/rtx' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=0;profile-level-id=42e01f' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=42e01f' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=4d001f' },
  ];
  vi.stubGlobal('RTCRtpSender', { getCapabilities: () => ({ codecs }) });
  vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => ({ codecs }) });
  vi.stubGlobal('MediaStream', FakeStream);
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

const VIDEO: PublishVideo = { content: 'camera', on: true, maxSize: [1280, 720], maxFps: 30, maxBitrate: 1_500_000 };

/** A leg of our own microphone and camera. */
export function publish(audio: boolean | null, video: Partial<PublishVideo> = {}): LegPlan {
  return {
    generation: 1,
    role: { type: 'publish', audio, video: { ...VIDEO, ...video } },
    offer: null,
    answer: null,
    iceServers: [],
  };
}

/** A leg of somebody else's. */
export function receive(stream: number): LegPlan {
  return {
    generation: 1,
    role: { type: 'receive', stream, audio: true, video: true },
    offer: null,
    answer: null,
    iceServers: [],
  };
}

/** A plan with both devices and these legs. */
export function plan(legs: Plan['legs'], more: Partial<Plan> = {}): Plan {
  const camera = { device: null, size: [1280, 720] as [number, number], fps: 30 };
  return { ...NOTHING, camera, microphone: '', speaker: '', legs, ...more };
}

/** What the far side answers. */
export const answered = (leg: LegPlan, sdp = 'v=0', candidates: string[] = []): LegPlan => ({
  ...leg,
  answer: { sdp, candidates },
});

/** The facts of these kinds, in order. */
export function told<T extends MediaFact['type']>(
  facts: MediaFact[],
  ...types: T[]
): Extract<MediaFact, { type: T }>[] {
  return facts.filter(({ type }) => (types as string[]).includes(type)) as Extract<MediaFact, { type: T }>[];
}
