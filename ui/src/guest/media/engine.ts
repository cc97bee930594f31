import { Capture, type Media } from './capture';
import { Keeper, type Hands } from './keeper';
import { Leg } from './leg';
import { SILENCE, TrackMeter, type Meter } from './levels';
import { MutedSpeech } from './muted';
import { Pictures } from './pictures';
import { Sound, type Player } from './sound';
import { Tone } from './tone';
import { NOTHING, OWN_CAMERA, OWN_SCREEN, type CameraPlan, type Plan, type Tell } from './wire';

/** How often levels are told, milliseconds. */
const LEVELS_EVERY = 100;
/** Levels of others that are told at once; the backend takes a hundred messages a second. */
const LEVELS_AT_ONCE = 5;
/** How often statistics are read, milliseconds. */
const STATS_EVERY = 1_000;
/** Legs whose statistics are told at once; with more of them, each has its turn every few seconds. */
const STATS_AT_ONCE = 5;
/** A picture that stands still for so many readings of the statistics has stalled. */
const STALLED_AFTER = 3;
/** The tone sounds beside the legs, under a number that none of them has. */
const TONE = -1;

/** What the engine needs of the browser; replaced in tests. */
export interface Browser {
  media: (Media & Pick<MediaDevices, 'addEventListener' | 'removeEventListener'>) | undefined;
  /** Whether it speaks H.264. */
  readonly pictures: boolean;
  peer(configuration: RTCConfiguration): RTCPeerConnection;
  meter(track: MediaStreamTrack): Meter;
  player(): Player;
  /** A tone that plays until it is stopped. */
  tone(): { readonly track: MediaStreamTrack | null; stop(): void };
}

/** The browser we run in. */
export function thisBrowser(pictures: boolean): Browser {
  let made: AudioContext | null = null;
  const context = () => (made ??= new AudioContext());
  return {
    // Browsers hide it where the page did not come over a secure connection.
    media: navigator.mediaDevices as MediaDevices | undefined,
    pictures,
    peer: (configuration) => new RTCPeerConnection(configuration),
    meter: (track) => new TrackMeter(context(), track),
    player: () => new Audio(),
    tone: () => new Tone(context()),
  };
}

/** Makes a media plan true with the browser's own WebRTC, and tells what is true. It knows no rule of a meeting. */
export class Engine {
  /** Called when the user stops sharing by the browser's own button. */
  onscreenend: () => void = () => undefined;

  readonly #tell: Tell;
  readonly #capture: Capture;
  readonly #sound: Sound;
  /** Those whose statistics were not told for longest first. */
  readonly #legs = new Map<number, Leg>();
  readonly #camera: Keeper<CameraPlan, MediaStreamTrack>;
  readonly #microphone: Keeper<{ device: string | null }, MediaStreamTrack>;
  readonly #screen: Keeper<{ fps: number }, MediaStreamTrack>;
  readonly #open: {
    camera: MediaStreamTrack | null;
    microphone: MediaStreamTrack | null;
    screen: MediaStreamTrack | null;
  } = {
    camera: null,
    microphone: null,
    screen: null,
  };
  #meter: Meter | null = null;
  #tone: ReturnType<Browser['tone']> | null = null;
  readonly #muted = new MutedSpeech();
  /** Levels as they were last told, those that were not told for longest first. */
  readonly #levels = new Map<number, number>();
  #plan: Plan = NOTHING;
  #listed = '';
  /** Pictures decoded on a stream, and for how many readings that number has not changed. */
  readonly #moving = new Map<number, { pictures: number; still: number }>();
  #timers: ReturnType<typeof setInterval>[] = [];
  readonly #plugged = (): void => void this.look();

  constructor(
    private readonly browser: Browser,
    private readonly pictures: Pictures,
    tell: Tell,
  ) {
    this.#tell = tell;
    this.#capture = new Capture(browser.media, browser.pictures);
    this.#sound = new Sound(tell, () => browser.player());
    this.#camera = new Keeper(this.#hands('camera', (plan) => this.#capture.camera(plan)));
    this.#microphone = new Keeper(this.#hands('microphone', ({ device }) => this.#capture.microphone(device)));
    this.#screen = new Keeper(this.#hands('screen', ({ fps }) => this.#capture.screen(fps)));
    pictures.onfirst = (stream) => tell({ type: 'firstPicture', value: stream });
  }

  /** Begins to look, and to tell levels and statistics. */
  start(): void {
    this.browser.media?.addEventListener('devicechange', this.#plugged);
    this.#timers = [
      setInterval(() => this.tellLevels(), LEVELS_EVERY),
      setInterval(() => void this.tellStats(), STATS_EVERY),
    ];
    void this.look();
  }

  /** Wants this from now on. */
  setPlan(plan: Plan): void {
    this.#plan = plan;
    if (plan === NOTHING) this.forgetScreen();
    // Legs that go away go first: their silence must not wait for a device.
    for (const [id, leg] of this.#legs) {
      if (plan.legs[id]?.generation !== leg.generation) this.#close(id, leg);
    }
    this.#sound.want(plan.speaker ?? (plan.ring && ''), plan.deviceAttempt);
    this.#ring(plan.ring !== null);
    this.#camera.want(plan.camera, plan.deviceAttempt);
    const microphone = plan.microphone === null ? null : { device: plan.microphone || null };
    this.#microphone.want(microphone, plan.deviceAttempt);
    this.#screen.want(plan.screen && { fps: plan.screen.fps }, plan.deviceAttempt);
    for (const [key, wanted] of Object.entries(plan.legs)) {
      const id = Number(key);
      const leg = this.#legs.get(id);
      if (leg) leg.follow(wanted);
      else this.#legs.set(id, this.#leg(id, wanted));
    }
  }

  /** Lets the user choose what to share; to be called while a click is handled. Whether something was chosen. */
  chooseScreen(): Promise<boolean> {
    return this.#capture.chooseScreen(15);
  }

  /** Lets go of a chosen screen that no plan has taken. */
  forgetScreen(): void {
    this.#capture.forgetScreen();
  }

  /** Looks what is plugged in, and gives what failed another try when that has changed. */
  async look(): Promise<void> {
    const list = await this.#capture.list();
    const text = JSON.stringify(list);
    if (text === this.#listed) return;
    this.#listed = text;
    this.#tell({ type: 'devices', value: list });
    this.#camera.plugged();
    this.#microphone.plugged();
    this.#screen.plugged();
  }

  /** Looks again and tells, whatever was told before. */
  relook(): Promise<void> {
    this.#listed = '';
    return this.look();
  }

  /** Tells once more how the devices are: somebody listens who was not there before. */
  retell(): void {
    for (const kind of ['camera', 'microphone', 'screen'] as const) {
      const track = this.#open[kind];
      if (track) this.#tell({ type: `${kind}Opened`, value: describe(track) });
    }
    if (this.pictures.size(OWN_CAMERA)) this.#tell({ type: 'firstPicture', value: OWN_CAMERA });
    void this.relook();
  }

  /** The user has touched the page: what the browser held back may sound now. */
  touched(): void {
    this.#sound.wake();
  }

  tellLevels(): void {
    if (this.#meter) this.#tellOwnLevel(this.#meter.level());
    let left = LEVELS_AT_ONCE;
    for (const [id, told] of [...this.#levels]) {
      const level = this.#legs.get(id)?.level() ?? null;
      if (level === null) this.#levels.delete(id);
      else if (level !== told && left > 0) {
        left -= 1;
        // Whoever was told goes to the end.
        this.#levels.delete(id);
        this.#levels.set(id, level);
        this.#tell({ type: 'level', value: [id, level] });
      }
    }
  }

  async tellStats(): Promise<void> {
    let left = STATS_AT_ONCE;
    for (const [id, leg] of [...this.#legs]) {
      const told = left > 0;
      const read = await leg.stats(told).catch(() => null);
      // It may have gone while we asked.
      if (!read || this.#legs.get(id) !== leg) continue;
      if (told) {
        left -= 1;
        // Whoever was told goes to the end.
        this.#legs.delete(id);
        this.#legs.set(id, leg);
        this.#tell({ type: 'stats', value: [id, read.stats] });
      }
      if (leg.stream !== null && leg.up) this.#watch(leg.stream, read.pictures);
    }
  }

  /** Closes everything. */
  close(): void {
    this.setPlan(NOTHING);
    for (const timer of this.#timers) clearInterval(timer);
    this.browser.media?.removeEventListener('devicechange', this.#plugged);
    this.pictures.close();
  }

  #ring(wanted: boolean): void {
    if (wanted === (this.#tone !== null)) return;
    this.#tone?.stop();
    this.#sound.close(TONE);
    this.#tone = wanted ? this.browser.tone() : null;
    if (this.#tone?.track) this.#sound.open(TONE, this.#tone.track);
  }

  #tellOwnLevel(level: number): void {
    this.#tell({ type: 'ownLevel', value: level });
    const open = Object.values(this.#plan.legs).some(({ role }) => role.type === 'publish' && role.audio === true);
    const news = open || !this.#plan.listen ? this.#muted.reset() : this.#muted.hear(level);
    if (news !== null) this.#tell({ type: 'mutedSpeech', value: news });
  }

  /** Tells when a picture stands still, and when it moves again. */
  #watch(stream: number, pictures: number): void {
    const before = this.#moving.get(stream);
    if (!before || pictures > before.pictures) {
      if (before && before.still >= STALLED_AFTER) this.#tell({ type: 'firstPicture', value: stream });
      this.#moving.set(stream, { pictures, still: 0 });
      return;
    }
    before.still += 1;
    if (before.still === STALLED_AFTER && pictures > 0) this.#tell({ type: 'pictureStalled', value: stream });
  }

  #leg(id: number, plan: Plan['legs'][number]): Leg {
    return new Leg(id, plan, {
      peer: (configuration) => this.browser.peer(configuration),
      tell: this.#tell,
      source: (kind) => this.#open[kind],
      heard: (leg, track) => {
        this.#sound.open(leg, track);
        this.#levels.set(leg, SILENCE);
      },
      seen: (stream, track) => this.pictures.show(stream, track),
    });
  }

  #close(id: number, leg: Leg): void {
    this.#legs.delete(id);
    this.#levels.delete(id);
    this.#sound.close(id);
    if (leg.stream !== null) {
      this.pictures.clear(leg.stream);
      this.#moving.delete(leg.stream);
    }
    leg.close();
  }

  #hands<R>(
    kind: 'camera' | 'microphone' | 'screen',
    open: (request: R) => Promise<MediaStreamTrack>,
  ): Hands<R, MediaStreamTrack> {
    return {
      open,
      opened: (track) => {
        track.onended = () => this.#ended(kind, track);
        if (kind === 'screen') track.contentHint = 'detail';
        this.#use(kind, track);
        this.#tell({ type: `${kind}Opened`, value: describe(track) });
        // Names are told only to those who were let in.
        void this.look();
      },
      close: (track) => {
        track.onended = null;
        track.stop();
        if (this.#open[kind] === track) this.#use(kind, null);
      },
      closed: () => this.#tell({ type: `${kind}Closed` }),
      failed: (value) => this.#tell({ type: `${kind}Failed`, value }),
      lost: (value) => this.#tell({ type: `${kind}Lost`, value }),
    };
  }

  /** Takes an opened device into use, or lets go of it: gates, preview, meter. */
  #use(kind: 'camera' | 'microphone' | 'screen', track: MediaStreamTrack | null): void {
    this.#open[kind] = track;
    for (const leg of this.#legs.values()) leg.feed();
    if (kind === 'microphone') {
      this.#meter?.stop();
      this.#meter = track && this.browser.meter(track);
      return;
    }
    const stream = kind === 'camera' ? OWN_CAMERA : OWN_SCREEN;
    if (track) this.pictures.show(stream, track);
    else this.pictures.clear(stream);
  }

  #ended(kind: 'camera' | 'microphone' | 'screen', track: MediaStreamTrack): void {
    // Whoever presses "Stop sharing" in the browser wishes it so; nothing has failed.
    if (kind === 'screen' && this.#plan.screen) return this.onscreenend();
    const keeper = kind === 'camera' ? this.#camera : kind === 'microphone' ? this.#microphone : this.#screen;
    keeper.lost(track, { type: 'gone' });
  }
}

/** What was really opened, for people: "HD Webcam, 1280×720, 30 fps". */
function describe(track: MediaStreamTrack): string {
  const { width, height, frameRate } = track.getSettings();
  const size = width && height ? `${width}×${height}` : '';
  return [track.label, size, frameRate ? `${Math.round(frameRate)} fps` : ''].filter(Boolean).join(', ');
}
