import type { ComponentProps } from 'svelte';
import type { CheckView, DevicesView } from '../contract';
import Entrance from '../guest/Entrance.svelte';
import Gone from '../guest/Gone.svelte';
import { devices } from './cast';

/** Stories of the page that guests see before and after the meeting; in it they see what everybody sees. */
export type GuestStory =
  { page: 'entrance'; props: ComponentProps<typeof Entrance> } | { page: 'gone'; props: ComponentProps<typeof Gone> };

export const PAGES = { entrance: Entrance, gone: Gone };

const link = { server: 'https://meet.acme.example', room: 'product-review', code: 'c0de' };
const seen: CheckView = { open: true, stream: 1, camera: 'on', microphone: 'on', playing: false };
const none: DevicesView = { cameras: [], microphones: [], speakers: [], screens: [], shares: [] };
const nothing = () => undefined;

const entrance = (change: Partial<ComponentProps<typeof Entrance>> = {}): GuestStory => ({
  page: 'entrance',
  props: {
    link,
    caller: { name: '', mail: '' },
    check: null,
    devices,
    level: -127,
    troubles: { camera: null, microphone: null },
    can: { devices: true, pictures: true },
    joining: false,
    refused: null,
    oncheck: nothing,
    onjoin: nothing,
    ...change,
  },
});
const gone = (reason: string, text = ''): GuestStory => ({
  page: 'gone',
  props: { reason, text, link, onagain: nothing },
});

export const guestStories: Record<string, GuestStory> = {
  'guest-entrance': entrance(),
  'guest-seen': entrance({
    caller: { name: 'Carol Okafor', mail: 'carol@mail.example' },
    check: seen,
    level: -24,
  }),
  'guest-joining': entrance({
    caller: { name: 'Carol Okafor', mail: 'carol@mail.example' },
    check: { ...seen, camera: 'off', microphone: 'off' },
    joining: true,
  }),
  'guest-refused': entrance({
    link: { ...link, room: 'The quarterly all-hands of the European network operations group' },
    caller: {
      name: 'مريم بنت عبد الرحمن الأنصاري الخزرجية',
      mail: 'controlling.and.accounting@subsidiary.partner.example',
    },
    check: seen,
    refused: 'noGuests',
  }),
  'guest-troubles': entrance({
    check: { ...seen, camera: 'failed', microphone: 'failed' },
    devices: none,
    troubles: { camera: { type: 'denied' }, microphone: { type: 'busy' } },
  }),
  'guest-insecure': entrance({ devices: none, can: { devices: false, pictures: false } }),
  'guest-nowhere': entrance({ link: { ...link, room: '' } }),
  'guest-left': gone('left'),
  'guest-removed': gone('removed', 'This meeting is for the product team only.'),
  'guest-lost': gone('lost'),
};
