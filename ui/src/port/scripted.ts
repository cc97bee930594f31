import type {
  ContactView,
  DeviceChoice,
  DevicesView,
  Intent,
  MeetingView,
  SurfaceEndpoint,
  TileLayout,
  TileView,
  View,
} from '../contract';
import type { PictureInPicture, Port } from './port';
import { answerInRoom } from './scripted-room';

/** A port without anything behind it: it shows canned views, answers the simplest intents as the real one would, and remembers all of them. */
export class ScriptedPort implements Port {
  /** Everything the user wished for, oldest first. */
  readonly intents: Intent[] = [];
  /** Whether the small window is open. */
  readonly pictureInPicture: PictureInPicture = {
    show: (on) => {
      this.asked.push(`small ${on}`);
      for (const listener of this.#small) listener(on);
    },
    watch: (listener) => {
      this.#small.add(listener);
      return () => this.#small.delete(listener);
    },
  };
  /** What was asked of the system: links, files, folders; oldest first. */
  readonly asked: string[] = [];
  /** The newest layout the page has sent. */
  tiles: TileLayout = { tiles: [], holes: [], scale: 1 };
  readonly #views = new Map<View['type'], View>();
  readonly #listeners = new Set<(view: View) => void>();
  readonly #small = new Set<(on: boolean) => void>();
  readonly #hovered = new Set<(over: boolean) => void>();

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

  openLink(url: string): void {
    this.asked.push(`open ${url}`);
  }

  pickFiles(): void {
    this.asked.push('pick');
  }

  offerPasted(name: string): void {
    this.asked.push(`paste ${name}`);
  }

  revealFile(file: string): void {
    this.asked.push(`reveal ${file}`);
  }

  saveText(name: string): void {
    this.asked.push(`save ${name}`);
  }

  onFilesOver(listener: (over: boolean) => void): () => void {
    this.#hovered.add(listener);
    return () => this.#hovered.delete(listener);
  }

  /** Lets files hover over the window, or no longer. */
  hover(over: boolean): void {
    for (const listener of this.#hovered) listener(over);
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
    const people = this.#view('people');
    const call = this.#view('call');
    const conversation = this.#view('conversation');
    const meeting = this.#view('meeting');
    const home = this.#view('home');
    switch (intent.type) {
      case 'pushToTalk':
        if (meeting) this.show(withMe(meeting, { microphone: intent.down ? 'on' : 'off' }, { muted: !intent.down }));
        break;
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
      case 'setLayout':
        if (meeting) this.show({ ...meeting, type: 'meeting', stage: laidOut(meeting, intent.layout) });
        break;
      case 'leave':
      case 'leaveTo':
      case 'endForAll':
      case 'hangUp':
        if (call) this.show({ ...call, phase: 'ended', ended: call.phase === 'active' ? 'hungUp' : 'cancelled' });
        if (meeting) this.show({ ...meeting, type: 'meeting', phase: 'idle' });
        break;
      case 'dismiss':
      case 'resolve': {
        const problems = this.#view('problems')?.problems ?? [];
        this.show({ type: 'problems', problems: problems.filter(({ id }) => id !== intent.problem) });
        break;
      }
      case 'forgetRoom':
        if (home) this.show({ ...home, recent: home.recent.filter(({ room }) => room !== intent.room) });
        break;
      case 'chooseDevice': {
        const devices = this.#view('devices');
        if (devices) this.show(withDevice(devices, `${intent.kind}s`, intent.device));
        break;
      }
      case 'setNoticeMuted':
        this.show({ type: 'settings', noticeMuted: intent.on });
        break;
      case 'accept':
        if (call) this.show({ ...call, phase: 'connecting' });
        break;
      case 'decline':
      case 'forgetCall':
        if (call) this.show({ ...call, phase: 'idle' });
        break;
      case 'allowPresence':
      case 'removeContact':
        if (people) this.show(answered(people, intent));
        break;
      case 'setPresence':
        if (people) this.show({ ...people, own: intent.presence });
        break;
      case 'readConversation':
        if (conversation) this.show({ ...conversation, unread: 0 });
        break;
      case 'chooseAccount': {
        const accounts = this.#view('accounts');
        if (accounts) this.show({ ...accounts, shown: intent.account });
        break;
      }
      case 'checkDevices': {
        const check = this.#view('check');
        if (check) this.show({ ...check, open: intent.on });
        break;
      }
      case 'dropLink': {
        const arrival = this.#view('arrival');
        if (arrival) this.show({ ...arrival, open: false });
        break;
      }
      default: {
        const room = this.#view('room');
        const answer = room && answerInRoom(room, intent);
        if (answer) this.show(answer);
      }
    }
  }
}

function laidOut({ stage }: MeetingView, layout: MeetingView['stage']['layout']): MeetingView['stage'] {
  const all = stage.large ? [stage.large, ...stage.film] : stage.film;
  const [first = null, ...rest] = all;
  return layout === 'grid'
    ? { large: null, film: all, pinned: false, layout }
    : { large: first, film: rest, pinned: false, layout };
}

type PeopleAnswer = Extract<Intent, { type: 'allowPresence' | 'removeContact' }>;

function answered(people: Extract<View, { type: 'people' }>, intent: PeopleAnswer): View {
  const same = ({ person }: ContactView) => person.user === intent.user;
  const contacts =
    intent.type === 'removeContact'
      ? people.contacts.filter((contact) => !same(contact))
      : people.contacts.map((contact) => (same(contact) ? { ...contact, allowed: intent.allowed } : contact));
  return { ...people, contacts, asking: people.asking.filter(({ user }) => user !== intent.user) };
}

function withMe(meeting: MeetingView, me: Partial<MeetingView['me']>, own: Partial<TileView>): View {
  const change = (tile: TileView): TileView => (tile.me && tile.kind === 'camera' ? { ...tile, ...own } : tile);
  const { large, film } = meeting.stage;
  return {
    ...meeting,
    type: 'meeting',
    me: { ...meeting.me, ...me },
    stage: { ...meeting.stage, large: large && change(large), film: film.map(change) },
  };
}

function pinned(meeting: MeetingView, stream: number): View {
  const { large, film } = meeting.stage;
  const wanted = film.find((tile) => tile.stream === stream);
  const stage =
    wanted && large
      ? { ...meeting.stage, large: wanted, film: film.map((tile) => (tile === wanted ? large : tile)), pinned: true }
      : { ...meeting.stage, large: wanted ?? large, film: film.filter((tile) => tile !== wanted), pinned: true };
  return { ...meeting, type: 'meeting', stage };
}

function withDevice(devices: DevicesView, list: 'cameras' | 'microphones' | 'speakers', id: string | null): View {
  const choose = (device: DeviceChoice) => ({ ...device, chosen: device.id === id });
  return { ...devices, type: 'devices', [list]: devices[list].map(choose) };
}
