import type { CheckView, DeviceChoice, DevicesView, Intent, SwitchState } from '../contract';
import type { DeviceFault, DeviceInfo, DeviceList, MediaFact, Plan } from './media/wire';
import { NOTHING, OWN_CAMERA } from './media/wire';

/** What the guest wants of the devices, before there is a meeting to want it of. */
interface Wishes {
  camera: boolean;
  microphone: boolean;
  devices: { camera: string | null; microphone: string | null; speaker: string | null };
}

/** Where views and plans go. */
export interface DoorSinks {
  view(view: ({ type: 'check' } & CheckView) | ({ type: 'devices' } & DevicesView) | LevelView): void;
  plan(plan: Plan): void;
  /** Why a device cannot be used; `null`: it can. */
  trouble(kind: 'camera' | 'microphone', fault: DeviceFault | null): void;
}

type LevelView = { type: 'levels'; levels: [number, number][]; own: number };

/** How long the speaker plays its test, milliseconds. */
const TEST = 2_000;

/**
 * The device check at the door: nothing leaves this computer, nobody is asked, and no device is opened before the guest
 * says so. It ends when the user agent in the backend takes over.
 */
export class Door {
  readonly #wishes: Wishes = {
    camera: false,
    microphone: false,
    devices: { camera: null, microphone: null, speaker: null },
  };
  #camera: SwitchState = 'off';
  #microphone: SwitchState = 'off';
  #list: DeviceList = { cameras: [], microphones: [], speakers: [], screens: [] };
  #playing: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;

  constructor(private readonly sinks: DoorSinks) {}

  /** Shows how things are. */
  begin(): void {
    this.#tell();
  }

  /** Does what belongs to the door; anything else is not for here. */
  intend(intent: Intent): void {
    switch (intent.type) {
      case 'checkDevices':
        this.#wishes.camera = this.#wishes.microphone = intent.on;
        break;
      case 'setCamera':
        this.#wishes.camera = intent.on;
        break;
      case 'setMicrophone':
        this.#wishes.microphone = intent.on;
        break;
      case 'chooseDevice':
        this.#wishes.devices[intent.kind] = intent.device;
        break;
      case 'testSpeaker':
        this.#test();
        break;
      default:
        return;
    }
    // Whoever asks again for what has failed means it.
    const again = 'on' in intent && intent.on;
    if (again) this.#attempt += 1;
    const retried = (kind: 'camera' | 'microphone'): boolean =>
      again || (intent.type === 'chooseDevice' && intent.kind === kind);
    this.#camera = following(this.#camera, this.#wishes.camera, retried('camera'));
    this.#microphone = following(this.#microphone, this.#wishes.microphone, retried('microphone'));
    this.#tell();
  }

  /** Learns how devices are. */
  learn(fact: MediaFact): void {
    switch (fact.type) {
      case 'devices':
        this.#list = fact.value;
        break;
      case 'cameraOpened':
        this.#camera = 'on';
        this.sinks.trouble('camera', null);
        break;
      case 'microphoneOpened':
        this.#microphone = 'on';
        this.sinks.trouble('microphone', null);
        break;
      case 'cameraFailed':
        this.#camera = 'failed';
        this.sinks.trouble('camera', fact.value);
        break;
      case 'microphoneFailed':
        this.#microphone = 'failed';
        this.sinks.trouble('microphone', fact.value);
        break;
      case 'cameraLost':
        this.#camera = 'failed';
        this.sinks.trouble('camera', { type: 'missing' });
        break;
      case 'microphoneLost':
        this.#microphone = 'failed';
        this.sinks.trouble('microphone', { type: 'missing' });
        break;
      case 'ownLevel':
        this.sinks.view({ type: 'levels', levels: [], own: fact.value });
        return;
      default:
        return;
    }
    this.#tell();
  }

  /** What the user agent must hear first: devices, and only what works is switched on. */
  intents(): Intent[] {
    const { camera, microphone, speaker } = this.#wishes.devices;
    const chosen = Object.entries({ camera, microphone, speaker }).flatMap(([kind, device]) =>
      device === null ? [] : [{ type: 'chooseDevice', kind, device } as Intent],
    );
    return [
      ...chosen,
      { type: 'setMicrophone', on: this.#wishes.microphone && this.#microphone === 'on' },
      { type: 'setCamera', on: this.#wishes.camera && this.#camera === 'on' },
    ];
  }

  /** Whether the guest has agreed to an open microphone. */
  get agreed(): boolean {
    return this.#wishes.microphone;
  }

  end(): void {
    if (this.#playing) clearTimeout(this.#playing);
    this.#playing = null;
  }

  #test(): void {
    this.end();
    this.#playing = setTimeout(() => {
      this.#playing = null;
      this.#tell();
    }, TEST);
  }

  #tell(): void {
    const { camera, microphone, devices } = this.#wishes;
    const playing = this.#playing !== null;
    this.sinks.plan({
      ...NOTHING,
      camera: camera ? { device: devices.camera, size: [1280, 720], fps: 30 } : null,
      microphone: microphone ? (devices.microphone ?? '') : null,
      speaker: playing ? (devices.speaker ?? '') : null,
      ring: playing ? 'ringback' : null,
      deviceAttempt: this.#attempt,
    });
    this.sinks.view({
      type: 'check',
      open: true,
      stream: OWN_CAMERA,
      camera: this.#camera,
      microphone: this.#microphone,
      playing,
    });
    const choices = (list: DeviceInfo[], chosen: string | null): DeviceChoice[] =>
      list.filter(({ id }) => id !== '').map(({ id, label }) => ({ id, label, chosen: id === chosen }));
    this.sinks.view({
      type: 'devices',
      cameras: choices(this.#list.cameras, devices.camera),
      microphones: choices(this.#list.microphones, devices.microphone),
      speakers: choices(this.#list.speakers, devices.speaker),
      screens: [],
      shares: [],
    });
  }
}

/** Where a switch goes when the wish changes; facts tell what is on. What has failed stays so until it is retried. */
function following(state: SwitchState, wished: boolean, retried: boolean): SwitchState {
  if (!wished) return 'off';
  return state === 'on' || (state === 'failed' && !retried) ? state : 'starting';
}
