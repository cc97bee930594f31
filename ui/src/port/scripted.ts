import type {
  DeviceChoice,
  DevicesView,
  Intent,
  MeetingView,
  SurfaceEndpoint,
  TileLayout,
  TileView,
  View,
} from '../contract';
import type { Port } from './port';

/** A port without anything behind it: it shows canned views, answers the simplest intents as the real one would, and remembers all of them. */
export class ScriptedPort implements Port {
  /** Everything the user wished for, oldest first. */
  readonly intents: Intent[] = [];
  /** The newest layout the page has sent. */
  tiles: TileLayout = { tiles: [], holes: [], scale: 1 };
  readonly #views = new Map<View['type'], View>();
  readonly #listeners = new Set<(view: View) => void>();

  constructor(views: readonly View[]) {
    for (const view of views) this.#views.set(view.type, view);
  }

  dispatch(intent: Intent): void {
    this.intents.push(intent);
    this.#answer(intent);
  }

  subscribe(listener: (view: View) => void): () => void {
    this.#listeners.add(listener);
    for (const view of this.#views.values()) listener(view);
    return () => this.#listeners.delete(listener);
  }

  surface(): Promise<SurfaceEndpoint> {
    return Promise.resolve({ type: 'native' });
  }

  setTiles(layout: TileLayout): void {
    this.tiles = layout;
  }

  /** Shows a view, as if it had come from below. */
  show(view: View): void {
    this.#views.set(view.type, view);
    for (const listener of this.#listeners) listener(view);
  }

  #view<T extends View['type']>(type: T): Extract<View, { type: T }> | undefined {
    return this.#views.get(type) as Extract<View, { type: T }> | undefined;
  }

  #answer(intent: Intent): void {
    const meeting = this.#view('meeting');
    const home = this.#view('home');
    switch (intent.type) {
      case 'setMicrophone':
        if (meeting) this.show(withMe(meeting, { microphone: intent.on ? 'on' : 'off' }, { muted: !intent.on }));
        break;
      case 'setCamera':
        if (meeting) this.show(withMe(meeting, { camera: intent.on ? 'on' : 'off' }, { video: intent.on }));
        break;
      case 'shareScreen':
        if (meeting) this.show(withMe(meeting, { sharing: 'on' }, {}));
        break;
      case 'stopSharing':
        if (meeting) this.show(withMe(meeting, { sharing: 'off' }, {}));
        break;
      case 'pin':
        if (meeting) this.show(pinned(meeting, intent.stream));
        break;
      case 'unpin':
        if (meeting) this.show({ ...meeting, type: 'meeting', stage: { ...meeting.stage, pinned: false } });
        break;
      case 'leave':
        if (meeting) this.show({ ...meeting, type: 'meeting', phase: 'idle' });
        break;
      case 'dismiss':
      case 'resolve': {
        const problems = this.#view('problems')?.problems ?? [];
        this.show({ type: 'problems', problems: problems.filter(({ id }) => id !== intent.problem) });
        break;
      }
      case 'forgetRoom':
        if (home) this.show({ type: 'home', recent: home.recent.filter(({ room }) => room !== intent.room) });
        break;
      case 'chooseDevice': {
        const devices = this.#view('devices');
        if (devices) this.show(withDevice(devices, `${intent.kind}s`, intent.device));
        break;
      }
      case 'signIn':
      case 'signOut':
      case 'join':
        break;
    }
  }
}

function withMe(meeting: MeetingView, me: Partial<MeetingView['me']>, own: Partial<TileView>): View {
  const change = (tile: TileView): TileView => (tile.me && tile.kind === 'camera' ? { ...tile, ...own } : tile);
  const { large, film, pinned } = meeting.stage;
  return {
    ...meeting,
    type: 'meeting',
    me: { ...meeting.me, ...me },
    stage: { large: large && change(large), film: film.map(change), pinned },
  };
}

function pinned(meeting: MeetingView, stream: number): View {
  const { large, film } = meeting.stage;
  const wanted = film.find((tile) => tile.stream === stream);
  const stage =
    wanted && large
      ? { large: wanted, film: film.map((tile) => (tile === wanted ? large : tile)), pinned: true }
      : { large, film, pinned: true };
  return { ...meeting, type: 'meeting', stage };
}

function withDevice(devices: DevicesView, list: 'cameras' | 'microphones' | 'speakers', id: string | null): View {
  const choose = (device: DeviceChoice) => ({ ...device, chosen: device.id === id });
  return { ...devices, type: 'devices', [list]: devices[list].map(choose) };
}
