import type { CallEnd, CallPhase, CallView, ConversationView, FileView, LineBody, LineView, View } from '../contract';
import { devices, me, meeting, person as tile, problems, quality, session } from './cast';
import { person, peopleStories } from './people';
import type { Story } from './story';

/** Stories of calls to one person and of what is said in them. */

const bob = person('Bob Lindqvist', 'partner.example');
export const call = (phase: CallPhase, change: Partial<CallView> = {}): View => ({
  type: 'call',
  id: 7,
  phase,
  peer: bob,
  account: 1,
  video: true,
  ended: null,
  proof: 'none',
  silent: false,
  meeting: null,
  ...change,
});
const base: View[] = [
  ...(peopleStories['people-home']?.views ?? []),
  { type: 'devices', ...devices },
  { type: 'quality', ...quality, promised: '' },
];
const pair = (change: Parameters<typeof meeting>[1] = {}, name = 'Bob Lindqvist'): View =>
  meeting([tile(2, name, { speaking: true }), me()], { direct: true, room: '', through: '', ...change });
const active = [...base, pair(), call('active', { proof: 'signed' })];

const NOW = new Date(2026, 10, 21, 14, 2).getTime();
let number = 0;
export const line = (minutes: number, body: LineBody | string, change: Partial<LineView> = {}): LineView => ({
  id: `l${(number += 1)}`,
  name: bob.name,
  me: false,
  at: NOW + minutes * 60_000,
  delivery: 'delivered',
  body: typeof body === 'string' ? { type: 'text', text: body } : body,
  to: null,
  reply: null,
  reactions: [],
  ...change,
});
export const mine = { me: true, name: session.name };
export const file = (change: Partial<FileView>): LineBody => ({
  type: 'file',
  file: {
    id: `f${(number += 1)}`,
    name: 'Quarterly figures.xlsx',
    size: 2_480_000,
    mime: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    phase: 'offered',
    done: 0,
    saved: '',
    receivers: [],
    preview: '',
    ...change,
  },
});
export const conversation = (lines: LineView[], change: Partial<ConversationView> = {}): View => ({
  type: 'conversation',
  open: true,
  lines,
  typing: [],
  unread: 0,
  fileLimit: 2_000_000_000,
  ...change,
});
const talk = [
  line(0, 'Hi Alice! Can you see the slides?'),
  line(0.5, 'They are at https://wiki.partner.example/Slides_(2026), page 4.'),
  line(1, 'Yes, now I can. One moment, I will get the figures.', mine),
  line(2, file({ phase: 'moving', done: 1_100_000 }), { ...mine, delivery: 'delivered' }),
  line(3, 'Great, thank you.'),
  line(3.2, 'Write to mailto:controlling@partner.example if anything is missing, not to javascript:alert(1) 🙂'),
  line(12, 'שלום, אני אשלח לך את הקובץ עכשיו'),
  line(13, 'A last word that has not arrived yet', { ...mine, delivery: 'sending' }),
];
const files = [
  line(0, file({ name: 'Team photo.jpg', mime: 'image/jpeg', size: 812_000 })),
  line(
    1,
    file({
      name: 'Recording of the whole day at the customer’s site.mkv',
      mime: 'video/x-matroska',
      size: 1_940_000_000,
      phase: 'moving',
      done: 611_000_000,
    }),
  ),
  line(
    2,
    file({ name: 'archive.tar.gz', mime: 'application/gzip', size: 48_000_000, phase: 'paused', done: 12_000_000 }),
  ),
  line(3, file({ name: 'Minutes.pdf', mime: 'application/pdf', phase: 'done', saved: 'Downloads / Minutes (2).pdf' })),
  line(4, file({ name: 'voice.ogg', mime: 'audio/ogg', phase: 'failed' })),
  line(6, file({ phase: 'preparing' }), { ...mine, delivery: 'sending' }),
  line(7, file({ name: 'notes.txt', mime: 'text/plain', size: 812 }), mine),
  line(8, file({ name: 'ملخص الاجتماع الأسبوعي للفريق.docx', mime: 'application/msword', phase: 'done' }), mine),
  line(9, file({ name: 'old.zip', mime: 'application/zip', phase: 'cancelled' }), mine),
];
const long = Array.from({ length: 120 }, (_, i) =>
  line(i, `Line ${i + 1}: ${'words that go on and on, '.repeat((i * 7) % 5)}and stop.`, i % 3 === 0 ? mine : {}),
);

const ENDS: CallEnd[] = [
  'hungUp',
  'theyHungUp',
  'declined',
  'busy',
  'noAnswer',
  'offline',
  'unknown',
  'cancelled',
  'missed',
  'weDeclined',
  'takenElsewhere',
  'domainUnreachable',
  'noPath',
  'insecure',
  'lost',
];
const longName = person('Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft', 'subsidiary.example');

export const callStories: Record<string, Story> = {
  'call-finding': { views: [...base, call('finding')] },
  'call-calling': { views: [...base, call('calling', { proof: 'domain' })] },
  'call-ringing': { views: [...base, call('ringing', { peer: longName })] },
  'call-incoming': { views: [...base, call('incoming', { proof: 'signed' })] },
  'call-incoming-voice': {
    views: [...base, call('incoming', { video: false, silent: true, peer: person('שרה כהן-לוי') })],
  },
  'call-incoming-long': { views: [...base, call('incoming', { peer: longName, proof: 'domain' })] },
  'call-incoming-meeting': { views: [...base, call('incoming', { proof: 'signed', meeting: 'Product review' })] },
  'call-incoming-inside': {
    views: [...base, meeting([tile(2, 'Carol Okafor', { speaking: true }), me()]), call('incoming', { silent: true })],
  },
  'call-connecting': { views: [...base, call('connecting', { proof: 'signed' })] },
  'call-connecting-seen': {
    views: [...base, meeting([me()], { direct: true, room: '', through: '', phase: 'joining' }), call('connecting')],
  },
  'call-active': { views: active },
  'call-unread': { views: [...active, conversation(talk, { unread: 3 })] },
  'call-voice': {
    views: [
      ...base,
      meeting([tile(2, longName.name, { video: false, speaking: true }), me({ video: false })], {
        direct: true,
        room: '',
        through: 'partner.example',
        me: { microphone: 'on', camera: 'off', sharing: 'off' },
      }),
      call('active', { peer: longName, proof: 'domain', video: false }),
    ],
  },
  'call-restoring': { views: [...base, pair({ phase: 'reconnecting' }), call('restoring', { proof: 'signed' })] },
  'call-leaving': { views: [...base, pair({ phase: 'leaving' }), call('active')] },
  'call-no-devices': {
    views: [
      ...base,
      { type: 'devices', cameras: [], microphones: [], speakers: [], screens: [], shares: [] },
      pair({ me: { microphone: 'failed', camera: 'failed', sharing: 'off' } }),
      call('active'),
      problems('cameraMissing', 'microphoneMissing'),
    ],
  },
  'call-starting': {
    views: [...base, pair({ me: { microphone: 'starting', camera: 'starting', sharing: 'starting' } }), call('active')],
  },
  ...Object.fromEntries(
    ENDS.map((ended): [string, Story] => [`call-ended-${ended}`, { views: [...base, call('ended', { ended })] }]),
  ),
  'chat-empty': { views: [...active, conversation([])], press: ['c'] },
  'chat-closed': { views: [...active, conversation([], { open: false, fileLimit: 0 })], press: ['c'] },
  'chat-talk': { views: [...active, conversation(talk, { typing: [bob.name] })], press: ['c'] },
  'chat-code': {
    views: [
      ...active,
      conversation([
        line(0, 'Run `cargo test -p confab-rooms` and tell me what `git status` says.'),
        line(
          1,
          '```rust\nfn main() -> Result<(), Trouble> {\n    let desk = Desk::open("a very long argument that does not fit into one line")?;\n    desk.run()\n}\n```',
          mine,
        ),
        line(2, 'https://acme.example/an/address/that/is/much/longer/than/the/panel/is/wide?and=goes&on=and&on'),
        line(3, 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'),
      ]),
    ],
    press: ['c'],
  },
  'chat-files': { views: [...active, conversation(files)], press: ['c'] },
  'chat-many': { views: [...active, conversation(long)], press: ['c'] },
  'chat-failed': {
    views: [
      ...active,
      conversation([line(0, 'This one did not get through.', { ...mine, delivery: 'failed' })]),
      problems('fileTooLarge'),
    ],
    press: ['c'],
  },
  'chat-drop': { views: [...active, conversation(talk)], over: true },
};
