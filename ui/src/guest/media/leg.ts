import { receivedLevel } from './levels';
import { Outlet } from './outlet';
import { forOthers, usable } from './sdp';
import { readStats, type Counters } from './stats';
import type { LegDown, LegPlan, LegStats, RemoteDescription, Tell } from './wire';

/** How long candidates are gathered, milliseconds: a description without all of them is better than a late one. */
export const GATHERING = 3_000;
/** How long a path is looked for once both descriptions are known, milliseconds. */
export const CONNECTING = 15_000;
/** How long a path that was there may be silent until it is lost, milliseconds: browsers give it up much later. */
export const SILENT = 3_000;

/** What a leg sends, takes and tells. */
export interface Around {
  peer(configuration: RTCConfiguration): RTCPeerConnection;
  tell: Tell;
  /** What goes out now; `null`: closed. */
  source(kind: 'microphone' | 'camera' | 'screen'): MediaStreamTrack | null;
  /** Somebody can be heard. */
  heard(leg: number, track: MediaStreamTrack): void;
  /** Somebody can be seen. */
  seen(stream: number, track: MediaStreamTrack): void;
}

/** One wanted transport: follows the plan of one generation, and lets go of everything when it is closed. */
export class Leg {
  readonly generation: number;
  #role: LegPlan['role'];
  readonly #peer: RTCPeerConnection;
  #audio: Outlet | null = null;
  #video: Outlet | null = null;
  #ear: RTCRtpReceiver | null = null;
  #answered = false;
  readonly #known = new Set<string>();
  #up = false;
  #ended = false;
  #patience: ReturnType<typeof setTimeout> | undefined;
  /** What was counted when statistics were last told, and when that was. */
  #counters: Counters = {};
  #countedAt = performance.now();

  constructor(
    readonly id: number,
    plan: LegPlan,
    private readonly around: Around,
  ) {
    this.generation = plan.generation;
    this.#role = plan.role;
    this.#peer = around.peer({
      iceServers: plan.iceServers.map(({ url, username, credential }) =>
        username === '' ? { urls: url } : { urls: url, username, credential },
      ),
      bundlePolicy: 'max-bundle',
    });
    this.#peer.onconnectionstatechange = () => this.#connection();
    this.#peer.ontrack = ({ track, receiver }) => this.#arrived(track, receiver);
    this.#negotiate(plan).catch((error: unknown) => this.#down({ type: 'transport', value: String(error) }));
  }

  /** The stream its picture lands on, if there is one. */
  get stream(): number | null {
    return this.#role.type === 'receive' && this.#role.video ? this.#role.stream : null;
  }

  /** Whether it is connected. */
  get up(): boolean {
    return this.#up;
  }

  /** Follows a newer plan of the same generation, and devices that were opened or closed. */
  follow(plan: LegPlan): void {
    this.#role = plan.role;
    this.feed();
    if (plan.answer && !plan.offer) void this.#accept(plan.answer);
    else if (plan.offer && this.#answered) void this.#candidates(plan.offer);
  }

  /** Opens and closes its gates as the plan and the devices say. */
  feed(): void {
    if (this.#role.type !== 'publish') return;
    const { audio, video } = this.#role;
    this.#audio?.feed(audio === true ? this.around.source('microphone') : null);
    this.#video?.feed(video?.on ? this.around.source(video.content) : null);
    if (video) this.#video?.limit(video);
  }

  /** The level of who is heard, dBFS; `null` when nobody is. */
  level(): number | null {
    return this.#ear ? receivedLevel(this.#ear) : null;
  }

  /** How it did since this was last `told`, and how many pictures were decoded in all. */
  async stats(told: boolean): Promise<{ stats: LegStats; pictures: number } | null> {
    if (this.#ended) return null;
    const report = (await this.#peer.getStats()) as unknown as Map<string, unknown>;
    const now = performance.now();
    const { stats, pictures, counters } = readStats(report, this.#counters, (now - this.#countedAt) / 1000);
    if (told) {
      this.#counters = counters;
      this.#countedAt = now;
    }
    return this.#ended ? null : { stats, pictures };
  }

  close(): void {
    this.#ended = true;
    clearTimeout(this.#patience);
    this.#audio?.close();
    this.#video?.close();
    this.#peer.close();
  }

  async #negotiate({ offer, answer }: LegPlan): Promise<void> {
    const { id: leg, generation } = this;
    if (this.#role.type === 'peer') throw new Error('a guest has no calls between two people');
    if (offer) {
      try {
        await this.#peer.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
      } catch (error) {
        return this.#down({ type: 'badAnswer', value: String(error) });
      }
      this.#tracks();
      await this.#describe();
      this.#answered = true;
      await this.#candidates(offer);
      this.#tell({ type: 'legAnswer', value: { leg, generation, sdp: this.#own() } });
      this.#wait();
      return;
    }
    this.#tracks();
    await this.#describe();
    this.#tell({ type: 'legOffer', value: { leg, generation, sdp: this.#own() } });
    if (answer) await this.#accept(answer);
  }

  /** What flows, in our own words: H.264 and Opus, one way. */
  #tracks(): void {
    const role = this.#role;
    const direction = role.type === 'publish' ? 'sendonly' : 'recvonly';
    const speaks = role.type === 'publish' ? role.audio !== null : role.audio;
    const voice = speaks ? this.#track('audio', direction) : null;
    const picture = role.video ? this.#picture(direction) : null;
    // Without pictures there is still sound; a leg with nothing on it is none.
    if (!voice && !picture) throw new Error('this browser has no H.264');
    if (role.type !== 'publish') return;
    this.#audio = voice && new Outlet(voice.sender);
    this.#video = picture && new Outlet(picture.sender);
    this.feed();
  }

  /** `null`: this browser does not speak H.264. */
  #picture(direction: 'sendonly' | 'recvonly'): RTCRtpTransceiver | null {
    const end = direction === 'sendonly' ? RTCRtpSender : RTCRtpReceiver;
    const codecs = usable(end.getCapabilities('video')?.codecs ?? []);
    if (codecs.length === 0) return null;
    const transceiver = this.#track('video', direction);
    transceiver.setCodecPreferences(codecs);
    return transceiver;
  }

  #track(kind: 'audio' | 'video', direction: 'sendonly' | 'recvonly'): RTCRtpTransceiver {
    // An offer of the far side has brought its own.
    const offered = this.#peer.getTransceivers().find(({ receiver }) => receiver.track.kind === kind);
    const transceiver = offered ?? this.#peer.addTransceiver(kind, { direction });
    transceiver.direction = direction;
    return transceiver;
  }

  async #describe(): Promise<void> {
    await this.#peer.setLocalDescription();
    await gathered(this.#peer, GATHERING);
    this.feed();
  }

  #own(): string {
    return forOthers(this.#peer.localDescription?.sdp ?? '');
  }

  async #accept(answer: RemoteDescription): Promise<void> {
    if (this.#ended || this.#peer.signalingState === 'closed') return;
    if (!this.#answered) {
      if (this.#peer.localDescription === null) return;
      this.#answered = true;
      try {
        await this.#peer.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
      } catch (error) {
        return this.#down({ type: 'badAnswer', value: String(error) });
      }
      this.#wait();
      this.feed();
    }
    await this.#candidates(answer);
  }

  async #candidates({ candidates }: RemoteDescription): Promise<void> {
    for (const candidate of candidates) {
      if (this.#known.has(candidate)) continue;
      this.#known.add(candidate);
      // One that cannot be used leaves the others.
      await this.#peer.addIceCandidate({ candidate, sdpMLineIndex: 0 }).catch(() => undefined);
    }
  }

  #wait(): void {
    this.#patience = setTimeout(() => this.#down({ type: 'noPath' }), CONNECTING);
  }

  #arrived(track: MediaStreamTrack, receiver: RTCRtpReceiver): void {
    if (this.#ended || this.#role.type !== 'receive') return;
    if (track.kind === 'audio') {
      this.#ear = receiver;
      this.around.heard(this.id, track);
    } else {
      this.around.seen(this.#role.stream, track);
    }
  }

  #connection(): void {
    if (this.#ended) return;
    const state = this.#peer.connectionState;
    if (state === 'connected') {
      clearTimeout(this.#patience);
      if (!this.#up) this.#tell({ type: 'legUp', value: { leg: this.id, generation: this.generation } });
      this.#up = true;
      this.feed();
    } else if (state === 'disconnected' && this.#up) {
      clearTimeout(this.#patience);
      this.#patience = setTimeout(() => this.#down({ type: 'lost' }), SILENT);
    } else if (state === 'failed') {
      this.#down(
        this.#up
          ? { type: 'lost' }
          : this.#insecure()
            ? { type: 'security', value: 'DTLS failed' }
            : { type: 'noPath' },
      );
    }
  }

  /** Whether it is the handshake that failed: the path was there. */
  #insecure(): boolean {
    if (!['connected', 'completed'].includes(this.#peer.iceConnectionState)) return false;
    const ends = this.#peer.getTransceivers().flatMap(({ sender, receiver }) => [sender.transport, receiver.transport]);
    return ends.some((transport) => transport?.state === 'failed');
  }

  #down(reason: LegDown): void {
    if (this.#ended) return;
    this.#tell({ type: 'legDown', value: { leg: this.id, generation: this.generation, reason } });
    this.close();
  }

  #tell(fact: Parameters<Tell>[0]): void {
    if (!this.#ended) this.around.tell(fact);
  }
}

/** Waits until all candidates are there, but no longer than `limit` milliseconds. */
function gathered(peer: RTCPeerConnection, limit: number): Promise<void> {
  if (peer.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      peer.removeEventListener('icegatheringstatechange', look);
      done();
    };
    const look = () => peer.iceGatheringState === 'complete' && end();
    const timer = setTimeout(end, limit);
    peer.addEventListener('icegatheringstatechange', look);
  });
}
