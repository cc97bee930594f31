import type {
  InvitedView,
  MemberView,
  MeetingView,
  RoomView,
  ShareChoice,
  TileView,
  View,
  WaitingView,
} from '../contract';
import { conversation, file, line, mine } from './calls';
import { crowd, devices, me, meeting, NAMES, person as tile, problems, quality, session } from './cast';
import { accounts, home, many, out, people, person, signedIn } from './people';
import { participant } from '../screens/room/someone';
import type { Story } from './story';

/** Stories of the meeting: who is there and what they may do, the door, invitations, views, sharing, links. */

const ALL = { silence: true, remove: true, door: true, roles: true, end: true, invite: true, react: true };
const NONE = { silence: false, remove: false, door: false, roles: false, end: false, invite: true, react: true };

const member = (number: number, name: string, change: Partial<MemberView> = {}): MemberView =>
  participant(`p${number}`, { name, user: `user://acme.example/p${number}@acme.example`, ...change });
const self = (change: Partial<MemberView> = {}) => member(1, session.name, { me: true, role: 'organiser', ...change });
const members = (others: number): MemberView[] => [
  self(),
  ...NAMES.slice(0, others).map((name, i) =>
    member(i + 2, name, {
      muted: i % 3 === 1,
      cameraOff: i === 3,
      role: i === 1 ? 'co-organiser' : i === 4 ? 'guest' : 'participant',
      domain: i === 2 ? 'partner.example' : '',
      hand: i === 5 ? 1 : i === 0 ? 2 : null,
      mutedByOrganiser: i === 4,
    }),
  ),
];
const room = (change: Partial<RoomView> = {}): View => ({
  type: 'room',
  name: 'Product review',
  link: 'https://meet.acme.example/j/4711',
  domain: 'acme.example',
  locked: false,
  lobby: true,
  guests: true,
  inventedNames: false,
  people: members(4),
  waiting: [],
  invited: [],
  may: ALL,
  leaving: false,
  unmuteAskedBy: null,
  reactions: [],
  mutedSpeaking: false,
  log: [],
  ...change,
});
const waiting: WaitingView[] = [
  { id: 'w1', name: 'Carol Okafor', who: 'carol.okafor@mail.example', guest: true },
  {
    id: 'w2',
    name: 'Wolfeschlegelsteinhausenbergerdorff',
    who: 'user://partner.example/w@partner.example',
    guest: false,
  },
  { id: 'w3', name: 'שרה כהן-לוי', who: 'sara@subsidiary.partner.example', guest: true },
];
const invited: InvitedView[] = (
  ['ringing', 'mailed', 'accepted', 'declined', 'busy', 'no-answer', 'unreachable'] as const
).map((status, i) => ({
  id: `i${i}`,
  name: i === 1 ? 'controlling.and.accounting@subsidiary.partner.example' : (NAMES[i + 10] ?? ''),
  status,
  ours: i % 2 === 0,
}));
const odd = [
  self({ role: 'co-organiser' }),
  member(2, 'Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft', {
    role: 'organiser',
    muted: true,
    cameraOff: true,
    sharing: true,
    hand: 1,
  }),
  member(3, 'مريم بنت عبد الرحمن الأنصاري الخزرجية', { domain: 'rooms.subsidiary.partner.example', hand: 2 }),
  member(4, 'שרה כהן-לוי', { role: 'guest', away: true }),
  member(5, 'Zaphod', { trace: 'user://acme.example/emre.yildiz@acme.example', mutedByOrganiser: true, muted: true }),
];

const base: View[] = [
  { type: 'session', ...session },
  { type: 'devices', ...devices },
  { type: 'quality', ...quality },
  { type: 'settings', noticeMuted: true },
  people(many.slice(0, 8)),
];
const tiles = (others: number): TileView[] =>
  crowd(others).map((each, i) => ({
    ...each,
    organiser: each.me || i === 1,
    hand: i === 5 ? 1 : i === 0 ? 2 : null,
  }));
const within = (others: number, change: Partial<RoomView> = {}, also: Partial<MeetingView> = {}): View[] => [
  ...base,
  meeting(tiles(others), also),
  room({ people: members(others), ...change }),
];
const gridded = (all: TileView[]): Partial<MeetingView> => ({
  stage: { large: null, film: all, pinned: false, layout: 'grid' },
});
const alike = (others: number): View[] => [
  ...base,
  meeting(tiles(others), gridded(tiles(others))),
  room({ people: members(others) }),
];
const reaction = (id: number, emoji: string, name: string) => ({ id, participant: `p${id}`, name, emoji });

const thumbnail = (hue: number) =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"><rect width="320" height="200" fill="hsl(${hue} 30% 88%)"/><rect width="320" height="18" fill="hsl(${hue} 30% 34%)"/><rect x="24" y="44" width="180" height="14" fill="hsl(${hue} 20% 60%)"/><rect x="24" y="72" width="240" height="10" fill="hsl(${hue} 20% 74%)"/></svg>`,
  )}`;
const shares: ShareChoice[] = [
  { id: ':0.0', label: 'Screen 1', window: false, width: 2560, height: 1440, thumbnail: thumbnail(210) },
  { id: ':0.1', label: 'Screen 2', window: false, width: 1920, height: 1080, thumbnail: thumbnail(30) },
  {
    id: 'w1',
    label: 'Quarterly figures.xlsx — Calc',
    window: true,
    width: 1600,
    height: 900,
    thumbnail: thumbnail(140),
  },
  {
    id: 'w2',
    label: 'The quarterly all-hands of the European network operations group — Browser',
    window: true,
    width: 1280,
    height: 800,
    thumbnail: '',
  },
  { id: 'w3', label: 'اجتماع الفريق الأسبوعي', window: true, width: 800, height: 600, thumbnail: thumbnail(330) },
];
const choosing = (change: Partial<typeof devices>): Story => ({
  views: [...within(2), { type: 'devices', ...devices, ...change }],
  click: ['Share screen'],
});

const quote = (text: string) => ({ line: 'l1', name: 'Bob Lindqvist', text });
const said = [
  line(0, 'Shall we begin?', {
    reactions: [
      { emoji: '👍', count: 3, mine: true },
      { emoji: '🎉', count: 1, mine: false },
    ],
  }),
  line(0.5, 'Yes, everybody is here.', { ...mine, reply: quote('Shall we begin?') }),
  line(1, 'I will be five minutes late, sorry.', { name: 'Carol Okafor', to: session.name }),
  line(1.5, 'No problem.', { ...mine, to: 'Carol Okafor' }),
  line(
    2,
    file({ name: 'Team photo.jpg', mime: 'image/svg+xml', size: 812_000, phase: 'done', preview: thumbnail(180) }),
    {
      name: 'Daniel Weiß',
    },
  ),
  line(3, 'مرحبا بالجميع', {
    name: 'مريم الأنصاري',
    reply: quote('A long line that goes on and on '.repeat(3).trim()),
  }),
  line(
    4,
    file({
      phase: 'moving',
      done: 1_100_000,
      receivers: [
        ['Bob Lindqvist', 2_480_000],
        ['Carol Okafor', 1_100_000],
        ['Wolfeschlegelsteinhausenbergerdorff', 0],
      ],
    }),
    mine,
  ),
];
const log = ['opened', 'joined', 'lobby-on', 'admitted', 'muted', 'role', 'removed', 'teleported'].map((what, i) => ({
  at: Date.UTC(2026, 10, 21, 13, i * 3),
  what,
  by: i < 2 ? '' : session.name,
  who: ['', session.name, '', 'Carol Okafor', 'Bob Lindqvist', 'Daniel Weiß', 'Zaphod', 'x'][i] ?? '',
  text: what === 'role' ? 'co-organiser' : what === 'removed' ? 'Not from this company' : '',
}));

const check = (change: Partial<Extract<View, { type: 'check' }>> = {}): View => ({
  type: 'check',
  open: true,
  stream: 1,
  camera: 'on',
  microphone: 'on',
  playing: false,
  ...change,
});
const arrival = (change: Partial<Extract<View, { type: 'arrival' }>> = {}): View => ({
  type: 'arrival',
  open: true,
  server: 'https://meet.acme.example:8443',
  room: '4711',
  known: true,
  account: 1,
  ...change,
});
const level: View = { type: 'levels', levels: [], own: -24 };

export const roomStories: Record<string, Story> = {
  'room-people': { views: within(8), press: ['p'] },
  'room-people-many': { views: within(24), press: ['p'] },
  'room-people-odd': {
    views: [...base, meeting(tiles(4)), room({ people: odd, waiting, invited, may: { ...ALL, roles: false } })],
    press: ['p'],
  },
  'room-people-participant': {
    views: within(8, {
      may: NONE,
      people: members(8).map((each) => (each.me ? { ...each, role: 'participant' } : each)),
    }),
    press: ['p'],
  },
  'room-menu': { views: within(8), press: ['p'], click: ['What to do about .*Carol'] },
  'room-menu-participant': { views: within(8, { may: NONE }), press: ['p'], click: ['What to do about .*Carol'] },
  'room-remove': { views: within(4), press: ['p'], click: ['What to do about .*Bob', 'Remove…'] },
  'room-hand-over': { views: within(4), press: ['p'], click: ['What to do about .*Bob', 'Hand over'] },
  'room-knock': { views: within(2, { waiting: waiting.slice(0, 1) }) },
  'room-knocks': { views: within(2, { waiting }) },
  'room-lobby': { views: within(2, { waiting }), press: ['p'] },
  'room-invited': { views: within(2, { invited }), press: ['p'] },
  'room-locked': { views: within(2, { locked: true }), press: ['p'] },
  'room-asked': { views: within(2, { unmuteAskedBy: 'Bob Lindqvist' }) },
  'room-muted-speaking': {
    views: within(2, { mutedSpeaking: true }, { me: { microphone: 'off', camera: 'on', sharing: 'off' } }),
  },
  'room-foreign': { views: within(4, { may: { ...NONE, invite: false, react: false } }), press: ['p'] },
  'room-hand': { views: within(8, { people: members(8).map((each) => (each.me ? { ...each, hand: 3 } : each)) }) },
  'room-reactions': {
    views: within(4, {
      reactions: [
        reaction(1, '👍', 'Bob Lindqvist'),
        reaction(2, '🎉', 'Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft'),
        reaction(3, '❤️', 'שרה כהן-לוי'),
      ],
    }),
  },
  'room-react': { views: within(2), click: ['React'] },
  'room-leave': { views: within(4, { leaving: true }) },
  'room-leave-guests': {
    views: [
      ...base,
      meeting(tiles(1)),
      room({ leaving: true, people: [self(), member(2, 'Carol Okafor', { role: 'guest' })] }),
    ],
  },
  'room-alone': { views: [...base, meeting([me()]), room({ people: [self()] })] },
  'room-log': { views: within(2, { log }), press: ['p'], click: ['What has happened…'] },
  'room-log-empty': { views: within(2), press: ['p'], click: ['What has happened…'] },
  'room-waiting': { views: [...base, meeting([], { phase: 'waiting', people: 0, through: '' })] },
  'room-waiting-seen': { views: [...base, meeting([me()], { phase: 'waiting', people: 0, through: '' })] },
  'room-removed': { views: [...base, home, problems('removed')] },
  'room-organiser-gone': { views: [...base, home, problems('organiserGone')] },
  'room-silenced': { views: [...within(2), problems('silencedByOrganiser')] },
  'room-share-ended': { views: [...within(2), problems('shareEnded')] },
  'room-sharing': { views: within(2, {}, { me: { microphone: 'on', camera: 'on', sharing: 'on' } }) },
  'room-starting': { views: [...base, meeting([tile(2, 'Bob Lindqvist', { waiting: true }), me()])], press: ['p'] },

  'grid-one': { views: [...base, meeting([me()], gridded([me()])), room({ people: [self()] })] },
  'grid-two': { views: alike(1) },
  'grid-three': { views: alike(2) },
  'grid-nine': { views: alike(8) },
  'grid-twenty-five': { views: alike(24) },

  invite: { views: within(2, { invited: invited.slice(0, 2) }), press: ['p'], click: ['Invite'] },
  'invite-mail': {
    views: [
      ...within(2),
      people(many.slice(0, 8), { search: { text: 'carol@mail.example', searching: false, found: [] } }),
    ],
    press: ['p'],
    click: ['Invite'],
    then: ['Name or e-mail address', 'carol@mail.example'],
  },
  'invite-found': {
    views: [
      ...within(2, { link: '' }),
      people(many.slice(0, 8), {
        search: {
          text: 'bo',
          searching: false,
          found: [person('Boris Ivanov'), person('Bonnie Parker', 'partner.example')],
        },
      }),
    ],
    press: ['p'],
    click: ['Invite'],
    then: ['Name or e-mail address', 'bo'],
  },
  'invite-empty': { views: [...within(2), people([])], press: ['p'], click: ['Invite'] },

  'share-picker': choosing({ shares }),
  'share-picker-looking': choosing({}),
  'share-picker-one': choosing({ shares: shares.slice(0, 1) }),

  'room-chat': {
    views: [...within(4), conversation(said, { typing: ['Bob Lindqvist', 'Carol Okafor'] })],
    press: ['c'],
  },
  'room-chat-empty': { views: [...within(4), conversation([])], press: ['c'] },
  'room-chat-reply': {
    views: [...within(4), conversation(said.slice(0, 4))],
    press: ['c'],
    click: ['Reply to .*Bob'],
  },
  'room-chat-emoji': {
    views: [...within(4), conversation(said.slice(0, 4))],
    press: ['c'],
    click: ['Insert an emoji'],
  },
  'room-chat-unread': { views: [...within(4), conversation(said, { unread: 120 })] },
  'room-chat-drop': { views: [...within(4), conversation(said)], over: true },

  check: { views: [...signedIn, home, arrival(), check(), level], click: ['Continue'] },
  'check-off': {
    views: [...signedIn, home, arrival(), check({ camera: 'off', microphone: 'off' })],
    click: ['Continue'],
  },
  'check-nothing': {
    views: [
      ...signedIn,
      home,
      { type: 'devices', cameras: [], microphones: [], speakers: [], screens: [], shares: [] },
      arrival(),
      check({ camera: 'failed', microphone: 'failed' }),
    ],
    click: ['Continue'],
  },
  'check-settings': { views: [...signedIn, home, check({ playing: true }), level], click: ['Camera and sound'] },
  'check-loading': { views: [...signedIn, home], click: ['Camera and sound'] },
  arrival: { views: [...signedIn, home, accounts, arrival()] },
  'arrival-unknown': {
    views: [
      ...signedIn,
      home,
      arrival({
        known: false,
        account: null,
        server: 'https://meet.acme.example.login.very-long-name.attacker.example:8443',
      }),
    ],
  },
  'arrival-signed-out': { views: [out, arrival({ known: false, account: null })] },
  'arrival-in-meeting': { views: [...within(2), accounts, arrival()] },
  'create-room': { views: [...signedIn, home, people(many.slice(0, 6))], click: ['New meeting'] },
  'create-room-nobody': { views: [...signedIn, home, people([])], click: ['New meeting'] },
};
