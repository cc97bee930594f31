import type {
  AccountsView,
  ArrivalView,
  CallView,
  CheckView,
  ConversationView,
  DevicesView,
  HomeView,
  MeetingView,
  PeopleView,
  Problem,
  QualityView,
  RoomView,
  SessionView,
  SettingsView,
  SignInView,
  View,
} from '../contract';

/** Nobody, nothing, no powers: what is known of a room before it has said anything. Most rooms know of hands and reactions. */
const NO_ROOM: RoomView = {
  name: '',
  link: '',
  domain: '',
  locked: false,
  lobby: false,
  guests: false,
  inventedNames: false,
  people: [],
  waiting: [],
  invited: [],
  may: { silence: false, remove: false, door: false, roles: false, end: false, invite: false, react: true },
  leaving: false,
  unmuteAskedBy: null,
  reactions: [],
  mutedSpeaking: false,
  log: [],
};

/** The newest view of each kind. Views are values: each is replaced whole, so none is made deeply reactive. */
export class Views {
  /** `null` until the shell has spoken. */
  session = $state.raw<SessionView | null>(null);
  home = $state.raw<HomeView>({ recent: [], calls: [] });
  meeting = $state.raw<MeetingView | null>(null);
  /** When `meeting` arrived, on the page's clock (ms), to count its elapsed time on. */
  meetingAt = $state.raw(0);
  room = $state.raw<RoomView>(NO_ROOM);
  arrival = $state.raw<ArrivalView>({ open: false, server: '', room: '', known: false, account: null });
  /** `null` while the own devices are not being looked at. */
  check = $state.raw<CheckView | null>(null);
  /** Level in dBFS of each stream that can be heard. */
  levels = $state.raw<ReadonlyMap<number, number>>(new Map());
  /** The own microphone, dBFS. */
  ownLevel = $state.raw(-127);
  devices = $state.raw<DevicesView>({ cameras: [], microphones: [], speakers: [], screens: [], shares: [] });
  /** `null` where there is nothing to set. */
  settings = $state.raw<SettingsView | null>(null);
  problems = $state.raw<Problem[]>([]);
  quality = $state.raw<QualityView | null>(null);
  accounts = $state.raw<AccountsView>({ accounts: [], shown: null });
  signIn = $state.raw<SignInView>({
    server: '',
    asking: false,
    password: true,
    providers: [],
    browser: false,
    invented: false,
  });
  people = $state.raw<PeopleView>({
    contacts: [],
    asking: [],
    search: { text: '', searching: false, found: [] },
    own: 'available',
  });
  /** `null` while there is none. */
  call = $state.raw<CallView | null>(null);
  conversation = $state.raw<ConversationView>({ open: false, lines: [], typing: [], unread: 0, fileLimit: 0 });

  apply(view: View): void {
    switch (view.type) {
      case 'session':
        this.session = view;
        break;
      case 'home':
        this.home = view;
        break;
      case 'meeting':
        this.meeting = view.phase === 'idle' ? null : view;
        this.meetingAt = performance.now();
        if (view.phase === 'idle') this.#forgetMeeting();
        break;
      case 'room':
        this.room = view;
        break;
      case 'arrival':
        this.arrival = view;
        break;
      case 'check':
        this.check = view.open ? view : null;
        break;
      case 'levels':
        this.levels = new Map(view.levels);
        this.ownLevel = view.own;
        break;
      case 'devices':
        this.devices = view;
        break;
      case 'settings':
        this.settings = view;
        break;
      case 'problems':
        this.problems = view.problems;
        break;
      case 'quality':
        this.quality = view;
        break;
      case 'accounts':
        this.accounts = view;
        break;
      case 'signIn':
        this.signIn = view;
        break;
      case 'people':
        this.people = view;
        break;
      case 'call':
        this.call = view.phase === 'idle' ? null : view;
        break;
      case 'conversation':
        this.conversation = view;
        break;
    }
  }

  /** Levels and figures of a meeting must not appear in the next one. */
  #forgetMeeting(): void {
    this.levels = new Map();
    this.quality = null;
    this.room = NO_ROOM;
  }
}
