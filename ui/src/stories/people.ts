import type { AccountView, ContactView, PastCall, PeopleView, PersonView, Presence, View } from '../contract';
import { devices, NAMES, problems, session } from './cast';
import type { Story } from './story';

/** Stories of people: contacts, search, accounts, ways to sign in. */

const mail = (name: string) =>
  name
    .normalize('NFKD')
    .replace(/[^\p{L} ]/gu, '')
    .toLowerCase()
    .replaceAll(' ', '.');

export const person = (name: string, domain = ''): PersonView => ({
  user: `user://${domain || 'acme.example'}/${mail(name)}@${domain || 'acme.example'}`,
  name,
  domain,
});

const PRESENCES: Presence[] = ['available', 'inCall', 'busy', 'away', 'offline'];

const contact = (who: PersonView, change: Partial<ContactView> = {}): ContactView => ({
  person: who,
  presence: 'available',
  allowed: true,
  watching: 'allowed',
  ...change,
});

export const many = NAMES.map((name, i) =>
  contact(person(name, i % 7 === 2 ? 'partner.example' : ''), { presence: PRESENCES[i % 5] ?? 'unknown' }),
);
const odd = [
  contact(person('Bob Lindqvist'), { presence: 'unknown', watching: 'asked' }),
  contact(person('Carol Okafor', 'partner.example'), { presence: 'unknown', watching: 'waiting' }),
  contact(person('Daniel Weiß'), { presence: 'unknown', watching: 'refused' }),
  contact(person('Emre Yıldız'), { presence: 'unknown', allowed: false }),
  contact(person('مريم بنت عبد الرحمن الأنصاري الخزرجية'), { presence: 'away' }),
  contact(person('שרה כהן-לוי', 'partner.example'), { presence: 'busy' }),
  contact(person('Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft', 'subsidiary.partner.example'), {
    presence: 'inCall',
  }),
];

export const people = (contacts: ContactView[], change: Partial<PeopleView> = {}): View => ({
  type: 'people',
  contacts,
  asking: [],
  search: { text: '', searching: false, found: [] },
  own: 'available',
  ...change,
});

const past = (id: number, name: string, hours: number, change: Partial<PastCall>): PastCall => ({
  id,
  peer: person(name, id % 3 === 0 ? 'partner.example' : ''),
  incoming: true,
  video: true,
  end: 'theyHungUp',
  at: Date.now() - hours * 3_600_000,
  seconds: 0,
  unseen: false,
  ...change,
});

export const home: View = {
  type: 'home',
  recent: ['4711', 'Product review', 'design-friday'].map((room, i) => ({
    room,
    joinedAt: Date.now() - (1 + i * 26) * 3_600_000,
  })),
  calls: [
    past(1, 'Bob Lindqvist', 0.4, { end: 'missed', unseen: true }),
    past(2, 'Carol Okafor', 3, { seconds: 1934 }),
    past(3, 'Wolfeschlegelsteinhausenbergerdorff von und zu Hohenstein', 27, { incoming: false, end: 'noAnswer' }),
    past(4, 'שרה כהן-לוי', 30, { end: 'missed', video: false }),
    past(5, 'Daniel Weiß', 51, { incoming: false, end: 'hungUp', seconds: 4210 }),
    past(6, 'Emre Yıldız', 200, { incoming: false, end: 'domainUnreachable' }),
  ],
};
const empty: View = { type: 'home', recent: [], calls: [] };

const account = (id: number, change: Partial<AccountView> = {}): AccountView => ({ id, ...session, ...change });
export const accounts: View = {
  type: 'accounts',
  accounts: [
    account(1),
    account(2, { domain: 'partner.example', server: 'partner.example', user: 'alice@partner.example' }),
    account(3, { domain: 'b.local', server: '127.0.0.1:4720', name: 'Alice', phase: 'reconnecting' }),
  ],
  shown: 1,
};

export const signedIn: View[] = [{ type: 'session', ...session }, { type: 'devices', ...devices }, accounts];
export const out: View = {
  type: 'session',
  phase: 'signedOut',
  server: 'acme.example',
  domain: '',
  user: '',
  name: '',
  kept: false,
};
const ways = (change: Partial<Extract<View, { type: 'signIn' }>>): View => ({
  type: 'signIn',
  server: 'acme.example',
  asking: false,
  password: true,
  providers: [],
  browser: false,
  invented: false,
  ...change,
});
const providers = [
  { issuer: 'https://sso.acme.example', name: 'Acme single sign-on' },
  { issuer: 'https://login.partner.example/realms/staff', name: 'Partner staff' },
];

export const peopleStories: Record<string, Story> = {
  'people-none': { views: [...signedIn, empty, people([])] },
  'people-one': { views: [...signedIn, home, people(many.slice(0, 1))] },
  'people-home': { views: [...signedIn, home, people(many.slice(0, 6), { asking: [person('Giulia Rossi')] })] },
  'people-many': { views: [...signedIn, home, people(many)] },
  'people-odd': {
    views: [
      ...signedIn,
      home,
      people(odd, {
        asking: [person('Giulia Rossi'), person('Maximilian-Alexander von und zu Hohenstein', 'partner.example')],
        own: 'busy',
      }),
    ],
  },
  'people-offline': {
    views: [
      ...signedIn,
      home,
      people(many.slice(0, 4).map((each) => ({ ...each, presence: 'unknown', watching: 'waiting' }))),
      { type: 'session', ...session, phase: 'reconnecting' },
    ],
  },
  'people-search': {
    views: [
      ...signedIn,
      home,
      people(many.slice(0, 5), {
        search: { text: 'bo', searching: false, found: [person('Boris Ivanov'), person('Bonnie Parker')] },
      }),
    ],
    type: ['Find people', 'bo'],
  },
  'people-searching': { views: [...signedIn, home, people(many.slice(0, 5))], type: ['Find people', 'zeb'] },
  'people-nobody': {
    views: [...signedIn, home, people(many.slice(0, 5), { search: { text: 'zeb', searching: false, found: [] } })],
    type: ['Find people', 'zeb'],
  },
  'people-stranger': {
    views: [
      ...signedIn,
      home,
      people(many.slice(0, 5), { search: { text: 'zoe@b.local', searching: false, found: [] } }),
    ],
    type: ['Find people', 'zoe@b.local'],
  },
  'people-menu': { views: [...signedIn, home, people(many.slice(0, 5))], click: ['More about .*Carol'] },
  'people-rename': {
    views: [...signedIn, home, people(many.slice(0, 5))],
    click: ['More about .*Carol', 'Rename…'],
  },
  'people-remove': {
    views: [...signedIn, home, people(many.slice(0, 5))],
    click: ['More about .*Carol', 'Remove…'],
  },
  'people-problem': { views: [...signedIn, home, people(many.slice(0, 5)), problems('domainUnreachable')] },
  accounts: { views: [...signedIn, home, people(many.slice(0, 5))], click: ['Account'] },
  'accounts-add': { views: [...signedIn, home, people(many.slice(0, 5))], click: ['Account', 'Add an account…'] },
  'sign-in-ways': { views: [out, ways({ providers })] },
  'sign-in-browser-only': { views: [out, ways({ password: false, providers: providers.slice(0, 1) })] },
  'sign-in-guest': { views: [out, ways({ invented: true })] },
  'sign-in-asking': { views: [out, ways({ asking: true })] },
  'sign-in-browser': { views: [out, ways({ providers, browser: true })] },
  'sign-in-browser-failed': { views: [out, ways({ providers }), problems('browserSignInFailed')] },
};
