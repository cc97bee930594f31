import { Refused } from './keeper';
import type { DeviceFault, Tell } from './wire';

/** The part of an audio element that is used. Some browsers cannot choose the speaker. */
export interface Player {
  srcObject: MediaProvider | null;
  muted: boolean;
  play(): Promise<void>;
  pause(): void;
  setSinkId?(device: string): Promise<void>;
}

/** Plays everybody who is heard on the wanted speaker. */
export class Sound {
  readonly #players = new Map<number, Player>();
  /** `null`: nothing is heard; `''`: the default speaker. */
  #speaker: string | null = null;
  #told: string | null = null;
  #attempt = 0;

  /** @param make a new element that plays. */
  constructor(
    private readonly tell: Tell,
    private readonly make: () => Player = () => new Audio(),
  ) {}

  /** Plays on this speaker from now on. */
  want(speaker: string | null, attempt: number): void {
    const again = attempt !== this.#attempt;
    this.#attempt = attempt;
    if (speaker === this.#speaker && !again) return;
    this.#speaker = speaker;
    for (const player of this.#players.values()) this.#place(player);
    if (speaker !== null && this.#players.size === 0) void this.#try(this.make(), speaker);
    if (speaker === null) this.#told = null;
  }

  /** Plays a leg's sound. */
  open(leg: number, track: MediaStreamTrack): void {
    this.close(leg);
    const player = this.make();
    player.srcObject = new MediaStream([track]);
    this.#players.set(leg, player);
    this.#place(player);
  }

  /** Plays it no longer. */
  close(leg: number): void {
    const player = this.#players.get(leg);
    if (!player) return;
    this.#players.delete(leg);
    player.pause();
    player.srcObject = null;
  }

  /** Plays what the browser held back until the user touched the page. */
  wake(): void {
    for (const player of this.#players.values()) if (!player.muted) void player.play().catch(() => undefined);
  }

  #place(player: Player): void {
    player.muted = this.#speaker === null;
    if (this.#speaker !== null) void this.#try(player, this.#speaker);
  }

  async #try(player: Player, speaker: string): Promise<void> {
    try {
      await player.setSinkId?.(speaker);
      // Without a click the browser lets nothing sound: `wake` comes with the next one.
      if (player.srcObject) await player.play().catch(() => undefined);
      if (this.#told !== speaker) this.tell({ type: 'speakerOpened', value: speaker });
      this.#told = speaker;
    } catch (error) {
      this.#told = null;
      if (this.#speaker === speaker) this.tell({ type: 'speakerFailed', value: faultOf(error) });
    }
  }
}

function faultOf(error: unknown): DeviceFault {
  if (error instanceof Refused) return error.fault;
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotFoundError') return { type: 'missing' };
  if (name === 'NotAllowedError') return { type: 'denied' };
  return { type: 'driver', value: String(error) };
}
