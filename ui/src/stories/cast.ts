import type {
  DevicesView,
  MeetingView,
  Problem,
  ProblemCode,
  QualityView,
  SessionView,
  TileView,
  View,
} from '../contract';

/** People and views that stories are made of. Nothing here ships. */

export const session: SessionView = {
  phase: 'signedIn',
  server: 'acme.example',
  domain: 'acme.example',
  user: 'alice@acme.example',
  name: 'Alice Moreau',
  kept: true,
};

export const NAMES = [
  'Bob Lindqvist',
  'Carol Okafor',
  'Daniel Weiß',
  'Emre Yıldız',
  'Fatima Zahra Benali',
  'Giulia Rossi',
  'Hiroshi Tanaka',
  'Ingrid Bergström',
  'João Pereira',
  'Katarzyna Wójcik',
  'Liam O’Connor',
  'Mei Chen',
  'Nikhil Rao',
  'Olga Petrova',
  'Paul Nguyen',
  'Quentin Dubois',
  'Rosa Hernández',
  'Samuel Adeyemi',
  'Thandiwe Nkosi',
  'Ursula Keller',
  'Viktor Novák',
  'Wanjiru Kamau',
  'Xavier Puig',
  'Yael Cohen',
];

export function person(stream: number, name: string, change: Partial<TileView> = {}): TileView {
  return {
    stream,
    participant: `p${stream}`,
    name,
    kind: 'camera',
    me: false,
    muted: false,
    video: true,
    waiting: false,
    speaking: false,
    quality: 'good',
    away: false,
    organiser: false,
    hand: null,
    ...change,
  };
}

export const me = (change: Partial<TileView> = {}) => person(1, session.name, { me: true, ...change });

export function meeting(tiles: TileView[], change: Partial<MeetingView> = {}): View {
  const [large = null, ...film] = tiles;
  return {
    type: 'meeting',
    phase: 'in',
    room: 'Product review',
    direct: false,
    through: 'acme.example',
    elapsedMs: 754_000,
    stage: { large, film, pinned: false, layout: 'speaker' },
    me: { microphone: 'on', camera: 'on', sharing: 'off' },
    people: new Set(tiles.map(({ participant }) => participant)).size,
    ...change,
  };
}

/** Oneself and `others` people, the first of whom speaks; some are muted, one has no camera. */
export function crowd(others: number): TileView[] {
  const tiles = NAMES.slice(0, others).map((name, i) =>
    person(i + 2, name, { speaking: i === 0, muted: i % 3 === 1, video: i !== 3, quality: i === 2 ? 'fair' : 'good' }),
  );
  return [...tiles, me()];
}

export const quality: QualityView = {
  overall: 'good',
  promised: 'HD',
  sentKbps: 1840,
  receivedKbps: 2360,
  roundTripMs: 34.2,
  lossPercent: 0.1,
  large: [1280, 720, 29.97],
  details: JSON.stringify({
    legs: [
      {
        id: 'room',
        state: 'connected',
        pair: { local: 'host/udp', remote: 'host/udp' },
        dtls: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
        sentPackets: 48211,
      },
    ],
  }),
};

export const devices: DevicesView = {
  cameras: [
    { id: 'video0', label: 'Integrated Camera (04f2:b6d9)', chosen: true },
    { id: 'video2', label: 'Logitech BRIO Ultra HD Pro Business Webcam with a long name', chosen: false },
  ],
  microphones: [{ id: 'mic0', label: 'Built-in Audio Analogue Stereo', chosen: true }],
  speakers: [
    { id: 'out0', label: 'Built-in Audio Analogue Stereo', chosen: true },
    { id: 'out1', label: 'Jabra Evolve2 65', chosen: false },
  ],
  screens: [{ id: ':0.0', label: 'Screen 1 (2560 × 1440)', chosen: true }],
  shares: [],
};

const NEXT: Record<ProblemCode, Problem['next']> = {
  wrongPassword: 'checkInput',
  tooManyTries: 'dismiss',
  serverUnreachable: 'tryAgain',
  notAServer: 'checkInput',
  signInExpired: 'signIn',
  connectionLost: 'wait',
  noSecretStore: 'dismiss',
  noSuchRoom: 'checkInput',
  roomRefused: 'tryAgain',
  roomSilent: 'tryAgain',
  roomClosed: 'dismiss',
  roomFull: 'tryAgain',
  mediaBlocked: 'tryAgain',
  mediaInsecure: 'dismiss',
  mediaLost: 'wait',
  cameraMissing: 'dismiss',
  cameraBusy: 'chooseDevice',
  cameraFailed: 'chooseDevice',
  microphoneMissing: 'dismiss',
  microphoneFailed: 'chooseDevice',
  speakerFailed: 'chooseDevice',
  screenFailed: 'tryAgain',
  shareEnded: 'dismiss',
  badRoomName: 'checkInput',
  browserSignInFailed: 'tryAgain',
  domainUnreachable: 'tryAgain',
  alreadyInCall: 'dismiss',
  identityMismatch: 'dismiss',
  fileFailed: 'dismiss',
  fileTooLarge: 'dismiss',
  textTooLong: 'dismiss',
  badUser: 'checkInput',
  nameRefused: 'checkInput',
  roomLocked: 'tryAgain',
  removed: 'dismiss',
  notAdmitted: 'dismiss',
  noGuests: 'signIn',
  silencedByOrganiser: 'dismiss',
  notAllowed: 'dismiss',
  invitationFailed: 'dismiss',
  organiserGone: 'dismiss',
  badLink: 'dismiss',
  tooFast: 'dismiss',
};

const ABOUT: Partial<Record<ProblemCode, string>> = {
  cameraBusy: 'Integrated Camera',
  cameraFailed: 'Integrated Camera',
  microphoneFailed: 'Jabra Evolve2 65',
  serverUnreachable: 'acme.exmaple:8443',
  notAServer: 'www.acme.example',
  connectionLost: 'acme.example',
  browserSignInFailed: 'Acme single sign-on',
  domainUnreachable: 'partner.example',
  identityMismatch: 'Bob Lindqvist',
  fileFailed: 'Quarterly figures.xlsx',
  fileTooLarge: 'Recording of the whole day.mkv',
  badUser: 'bob at acme',
  silencedByOrganiser: 'Alice Moreau',
  invitationFailed: 'carol@mail.example',
};

const DETAILS: Partial<Record<ProblemCode, string>> = {
  shareEnded: '',
  removed: 'This meeting is for the product team only.',
  notAdmitted: '',
  silencedByOrganiser: 'audio',
};

export const CODES = Object.keys(NEXT) as ProblemCode[];

export function problems(...codes: ProblemCode[]): View {
  return {
    type: 'problems',
    problems: codes.map((code, i) => ({
      id: i + 1,
      code,
      about: ABOUT[code] ?? 'Product review',
      details: DETAILS[code] ?? `${code}: code 404, transaction 7f3a-11, after 15.0 s`,
      next: NEXT[code],
    })),
  };
}
