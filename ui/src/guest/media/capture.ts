import { Refused } from './keeper';
import type { CameraPlan, DeviceFault, DeviceInfo, DeviceList } from './wire';

/** The part of `navigator.mediaDevices` that is used. */
export type Media = Pick<MediaDevices, 'getUserMedia' | 'getDisplayMedia' | 'enumerateDevices'>;

/** How long a screen that was chosen may wait for the plan that wants it, milliseconds. */
const CHOICE_LASTS = 10_000;

interface Wish {
  constraints: MediaTrackConstraints;
  done: (track: MediaStreamTrack) => void;
  refused: (reason: Refused) => void;
}

/** The browser's cameras, microphones and screens. */
export class Capture {
  #camera: Wish | null = null;
  #microphone: Wish | null = null;
  #chosen: MediaStreamTrack | null = null;

  /**
   * @param media `undefined` where the browser has none: the page did not come over a secure connection.
   * @param pictures whether the browser can send pictures at all; otherwise no camera is opened for nothing.
   */
  constructor(
    private readonly media: Media | undefined,
    private readonly pictures: boolean,
  ) {}

  /** Opens a camera. Asked for together with a microphone, people are asked once for both. */
  camera({ device, size: [width, height], fps }: CameraPlan): Promise<MediaStreamTrack> {
    if (!this.pictures) return Promise.reject(new Refused({ type: 'format', value: 'this browser has no H.264' }));
    const wished = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: fps } };
    return this.#ask((wish) => (this.#camera = wish), { ...wished, ...named(device) });
  }

  /** Opens a microphone; the browser takes echo and noise away. */
  microphone(device: string | null): Promise<MediaStreamTrack> {
    const wished = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return this.#ask((wish) => (this.#microphone = wish), { ...wished, ...named(device) });
  }

  /** Lets the user choose a screen, window or tab; to be called while a click is handled. Whether one was chosen. */
  async chooseScreen(fps: number): Promise<boolean> {
    try {
      const track = await this.#display(fps);
      this.#chosen?.stop();
      this.#chosen = track;
      setTimeout(() => {
        if (this.#chosen !== track) return;
        this.#chosen = null;
        track.stop();
      }, CHOICE_LASTS);
      return true;
    } catch {
      return false;
    }
  }

  /** Lets go of a chosen screen that nobody has taken. */
  forgetScreen(): void {
    this.#chosen?.stop();
    this.#chosen = null;
  }

  /** The chosen screen; where none was chosen, the user is asked. */
  async screen(fps: number): Promise<MediaStreamTrack> {
    const chosen = this.#chosen;
    this.#chosen = null;
    return chosen?.readyState === 'live' ? chosen : this.#display(fps);
  }

  /** What is plugged in. Names are there once the user has agreed to the use of a device. */
  async list(): Promise<DeviceList> {
    const found = (await this.media?.enumerateDevices().catch(() => [])) ?? [];
    const of = (kind: MediaDeviceKind): DeviceInfo[] =>
      found
        // Chromium repeats the default device under a name of its own; that is what "default" means already.
        .filter((device) => device.kind === kind && !['default', 'communications'].includes(device.deviceId))
        .map(({ deviceId, label }, at) => ({ id: deviceId, label, default: at === 0 }));
    // Which screen is shared the browser asks itself: there is nothing to choose from here.
    return { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput'), screens: [] };
  }

  async #display(fps: number): Promise<MediaStreamTrack> {
    try {
      const stream = await this.#media().getDisplayMedia({ video: { frameRate: { max: fps } }, audio: false });
      return first(stream.getVideoTracks());
    } catch (error) {
      throw refusal(error);
    }
  }

  #ask(put: (wish: Wish) => void, constraints: MediaTrackConstraints): Promise<MediaStreamTrack> {
    return new Promise((done, refused) => {
      if (!this.#camera && !this.#microphone) queueMicrotask(() => void this.#open());
      put({ constraints, done, refused });
    });
  }

  /** Opens what was asked for since the last time. */
  async #open(): Promise<void> {
    const [camera, microphone] = [this.#camera, this.#microphone];
    this.#camera = this.#microphone = null;
    if (camera && microphone) {
      try {
        const wanted = { video: camera.constraints, audio: microphone.constraints };
        const stream = await this.#media().getUserMedia(wanted);
        camera.done(first(stream.getVideoTracks()));
        microphone.done(first(stream.getAudioTracks()));
        return;
      } catch (error) {
        const reason = refusal(error);
        if (reason.fault.type === 'denied') {
          camera.refused(reason);
          microphone.refused(reason);
          return;
        }
        // One of them is not to be had; the other one may be.
      }
    }
    await Promise.all([
      camera && this.#single(camera, { video: camera.constraints }),
      microphone && this.#single(microphone, { audio: microphone.constraints }),
    ]);
  }

  async #single(wish: Wish, wanted: MediaStreamConstraints): Promise<void> {
    try {
      wish.done(first((await this.#media().getUserMedia(wanted)).getTracks()));
    } catch (error) {
      wish.refused(refusal(error));
    }
  }

  #media(): Media {
    if (this.media) return this.media;
    throw new Refused({ type: 'driver', value: 'the page did not come over a secure connection' });
  }
}

const named = (device: string | null): MediaTrackConstraints => (device ? { deviceId: { exact: device } } : {});

function first(tracks: MediaStreamTrack[]): MediaStreamTrack {
  const track = tracks[0];
  if (!track) throw new Refused({ type: 'missing' });
  return track;
}

/** What the browser means by its refusals (Media Capture and Streams, 10.2). */
function refusal(error: unknown): Refused {
  if (error instanceof Refused) return error;
  const name = error instanceof Error ? error.name : '';
  const faults: Record<string, DeviceFault> = {
    NotAllowedError: { type: 'denied' },
    SecurityError: { type: 'denied' },
    InvalidStateError: { type: 'denied' },
    NotFoundError: { type: 'missing' },
    OverconstrainedError: { type: 'missing' },
    NotReadableError: { type: 'busy' },
  };
  return new Refused(faults[name] ?? { type: 'driver', value: String(error) });
}
