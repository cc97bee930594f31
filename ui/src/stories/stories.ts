import type { View } from '../contract';
import { callStories } from './calls';
import { CODES, crowd, devices, me, meeting, person, problems, quality, session } from './cast';
import { peopleStories } from './people';
import { roomStories } from './rooms';
import type { Story } from './story';

const signedIn: View = { type: 'session', ...session };
const out = (change: Partial<typeof session> = {}): View => ({
  type: 'session',
  ...session,
  phase: 'signedOut',
  domain: '',
  name: '',
  server: '',
  user: '',
  ...change,
});
const recent = (hours: number[], names: string[]): View => ({
  type: 'home',
  recent: names.map((room, i) => ({ room, joinedAt: Date.now() - (hours[i] ?? 0) * 3_600_000 })),
  calls: [],
});
const rooms = recent(
  [1, 26, 27, 120, 900, 9000],
  [
    '4711',
    'Product review',
    'design-friday',
    'The quarterly all-hands of the European network operations group',
    'اجتماع الفريق الأسبوعي',
    'board',
  ],
);
const base: View[] = [
  signedIn,
  { type: 'devices', ...devices },
  { type: 'quality', ...quality },
  { type: 'settings', noticeMuted: true },
  {
    type: 'levels',
    levels: [
      [2, -18],
      [4, -44],
    ],
    own: -31,
  },
];
const screen = person(40, 'Carol Okafor', { kind: 'screen', participant: 'p3' });
const shared: View = { type: 'quality', ...quality, large: [1920, 1200, 15] };

export const stories: Record<string, Story> = {
  starting: { views: [] },
  'sign-in': { views: [out()] },
  'sign-in-filled': { views: [out({ server: 'acme.example', user: 'alice@acme.example' }), problems('wrongPassword')] },
  'sign-in-unreachable': {
    views: [out({ server: 'acme.exmaple:8443', user: 'alice' }), problems('serverUnreachable', 'noSecretStore')],
  },
  'sign-in-missing': { views: [out({ server: 'acme.example' })], click: ['Sign in'] },
  'signing-in': { views: [out({ phase: 'signingIn', server: 'acme.example', user: 'alice@acme.example' })] },
  'home-empty': { views: [...base, { type: 'home', recent: [], calls: [] }] },
  'home-recent': { views: [...base, rooms] },
  'home-menu': { views: [...base, rooms], click: ['Account'] },
  'home-devices': { views: [...base, rooms], click: ['Camera and sound'] },
  'home-problem': { views: [...base, rooms, problems('noSuchRoom')] },
  'home-reconnecting': { views: [...base, rooms, { type: 'session', ...session, phase: 'reconnecting' }] },
  joining: { views: [...base, meeting([], { phase: 'joining', room: '4711', through: '', people: 0 })] },
  'joining-seen': { views: [...base, meeting([me()], { phase: 'joining', room: '4711', through: '', people: 0 })] },
  leaving: { views: [...base, meeting(crowd(1), { phase: 'leaving' })] },
  alone: { views: [...base, meeting([me()], { room: '4711' })] },
  two: { views: [...base, meeting(crowd(1))] },
  'two-muted': {
    views: [
      ...base,
      meeting([person(2, 'Bob Lindqvist', { muted: true, video: false }), me({ muted: true, video: false })], {
        me: { microphone: 'off', camera: 'off', sharing: 'off' },
      }),
    ],
  },
  three: { views: [...base, meeting(crowd(2))] },
  pinned: {
    views: [
      ...base,
      meeting(crowd(3), {
        stage: {
          large: crowd(3)[1] ?? null,
          film: crowd(3).filter((_, i) => i !== 1),
          pinned: true,
          layout: 'speaker',
        },
      }),
    ],
  },
  nine: { views: [...base, meeting(crowd(8))] },
  'twenty-five': { views: [...base, meeting(crowd(24))] },
  'long-names': {
    views: [
      ...base,
      meeting(
        [
          person(2, 'Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft', {
            speaking: true,
            quality: 'poor',
          }),
          person(3, 'مريم بنت عبد الرحمن الأنصاري الخزرجية', { muted: true, quality: 'fair' }),
          person(4, 'שרה כהן-לוי'),
          person(5, 'maximilian-alexander.von-und-zu-hohenstein@subsidiary.acme.example', { video: false }),
          person(6, '山田太郎', { muted: true, video: false }),
          me(),
        ],
        {
          room: 'The quarterly all-hands of the European network operations group',
          through: 'rooms.subsidiary.acme.example',
        },
      ),
    ],
  },
  'waiting-away': {
    views: [
      ...base,
      meeting([
        person(2, 'Bob Lindqvist', { waiting: true, quality: 'unknown' }),
        person(3, 'Carol Okafor', { away: true, quality: 'poor' }),
        person(4, 'Daniel Weiß', { waiting: true }),
        me(),
      ]),
    ],
  },
  screen: { views: [...base, shared, meeting([screen, ...crowd(4)])] },
  'screens-three': {
    views: [
      ...base,
      shared,
      meeting([
        screen,
        person(41, 'Daniel Weiß', { kind: 'screen', participant: 'p4' }),
        person(42, session.name, { kind: 'screen', participant: 'p1', me: true }),
        ...crowd(4),
      ]),
    ],
  },
  'screen-grid': {
    views: [
      ...base,
      shared,
      meeting([screen, ...crowd(8)], {
        stage: { large: screen, film: crowd(8), pinned: false, layout: 'grid' },
      }),
    ],
  },
  sharing: { views: [...base, meeting(crowd(2), { me: { microphone: 'on', camera: 'on', sharing: 'on' } })] },
  'failed-devices': {
    views: [
      ...base,
      { type: 'devices', cameras: [], microphones: [], speakers: [], screens: [], shares: [] },
      meeting([person(2, 'Bob Lindqvist'), me({ video: false, muted: true })], {
        me: { microphone: 'failed', camera: 'failed', sharing: 'off' },
      }),
      problems('cameraBusy', 'microphoneMissing'),
    ],
  },
  reconnecting: { views: [...base, meeting(crowd(2), { phase: 'reconnecting' }), problems('mediaLost')] },
  people: { views: [...base, meeting(crowd(8))], press: ['p'] },
  devices: { views: [...base, meeting(crowd(2))], click: ['More', 'Camera and sound…'] },
  'devices-none': {
    views: [
      ...base,
      { type: 'devices', cameras: [], microphones: [], speakers: [], screens: [], shares: [] },
      meeting(crowd(2)),
    ],
    click: ['More', 'Camera and sound…'],
  },
  statistics: { views: [...base, meeting(crowd(2))], click: ['Good connection', 'Every leg'] },
  more: { views: [...base, meeting(crowd(2))], click: ['More'] },
  shortcuts: { views: [...base, meeting(crowd(2))], press: ['?'] },
  ...callStories,
  ...peopleStories,
  ...roomStories,
  ...Object.fromEntries(
    Array.from({ length: Math.ceil(CODES.length / 4) }, (_, i): [string, Story] => [
      `problems-${i + 1}`,
      { views: [...base, meeting(crowd(2)), problems(...CODES.slice(i * 4, i * 4 + 4))] },
    ]),
  ),
};
