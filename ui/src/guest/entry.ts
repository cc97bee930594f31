import type { RoomLink } from './link';

/** What a guest says at the door. */
export interface Caller {
  name: string;
  mail: string;
}

/** The way in: a token for one socket, good for a few minutes. */
export interface Ticket {
  token: string;
  /** Address of the socket. */
  ws: string;
}

/** The backend's words for why somebody is not let in, and ours. */
const REFUSALS = {
  'no-such-room': 'noRoom',
  'guests-not-allowed': 'noGuests',
  banned: 'banned',
  locked: 'locked',
  full: 'full',
  'bad-code': 'badCode',
  'bad-name': 'badName',
  'name-taken': 'nameTaken',
  'bad-mail': 'badMail',
  'too-many': 'tooMany',
} as const;

/** Why somebody is not let in. */
export type Refusal = (typeof REFUSALS)[keyof typeof REFUSALS] | 'unreachable' | 'failed';

/** How long an answer may take, milliseconds. */
const PATIENCE = 20_000;

/** Asks to be let in. */
export async function askIn(
  link: RoomLink,
  { name, mail }: Caller,
  ask: typeof fetch = (input, init) => fetch(input, init),
): Promise<Ticket | Refusal> {
  const wish = { room: link.room, name, mail, ...(link.code === '' ? {} : { code: link.code }) };
  let answer: Response;
  try {
    answer = await ask(`${link.server}/api/join`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(wish),
      credentials: 'omit',
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return 'unreachable';
  }
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok && isTicket(body)) {
    const ws = socketAddress(body.ws, link.server);
    return ws === null ? 'failed' : { token: body.token, ws };
  }
  const word = isRecord(body) ? body['error'] : null;
  return typeof word === 'string' && Object.hasOwn(REFUSALS, word) ? REFUSALS[word as keyof typeof REFUSALS] : 'failed';
}

/** The socket's address may be relative to the server's, and is always a `ws:` one; `null`: there is none. */
export function socketAddress(address: string, server: string): string | null {
  let url: URL;
  try {
    url = new URL(address, `${server}/`);
  } catch {
    return null;
  }
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol === 'http:') url.protocol = 'ws:';
  return url.protocol === 'wss:' || url.protocol === 'ws:' ? url.href : null;
}

function isTicket(body: unknown): body is Ticket {
  return isRecord(body) && typeof body['token'] === 'string' && typeof body['ws'] === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
