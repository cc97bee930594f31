import { beforeEach, describe, expect, it } from 'vitest';
import type { FileFact, StoreDownload, StorePlan } from '../../contract/media';
import { Mover, type Hands } from './mover';
import { hashOf } from './sha256';
import { PIECE, Store, type Offer } from './store';

const ACCESS = { url: 'https://x.example/files/r', token: 'good' };
const SIZE = 2 * PIECE + 10;
const CONTENT = Uint8Array.from({ length: SIZE }, (_, at) => (at * 131) >>> 3);

/** The store of a room, with one file in it, and trouble on demand. */
class FakeStore {
  size = 0;
  asked: string[] = [];
  offer: Offer | null = null;
  content: Uint8Array<ArrayBuffer> = CONTENT;
  pieces: string[] = [];
  /** Answers that come before the right ones. */
  trouble: (number | 'broken' | 'cut')[] = [];
  token = 'good';

  fetch = async (url: RequestInfo | URL, { method = 'GET', headers, body }: RequestInit = {}): Promise<Response> => {
    const { authorization, range } = headers as Record<string, string>;
    const path = String(url).slice(ACCESS.url.length);
    this.asked.push(`${method} ${path}${range ? ` ${range}` : ''}`);
    if (authorization !== `Bearer ${this.token}`) return new Response('{}', { status: 401 });
    const trouble = this.trouble.shift();
    if (trouble === 'broken') throw new TypeError('network');
    if (typeof trouble === 'number') return new Response(trouble === 204 ? null : '{}', { status: trouble });
    if (method === 'POST' && path === '') {
      this.offer = JSON.parse(String(body)) as Offer;
      return Response.json({ have: this.size }, { status: 201 });
    }
    if (method === 'PUT') {
      this.size += (body as Blob).size;
      return Response.json({ have: this.size });
    }
    if (path.endsWith('/pieces')) return Response.json({ pieces: this.pieces });
    if (method !== 'GET') return new Response(null, { status: 204 });
    const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1]);
    let rest = this.content.slice(from);
    if (trouble === 'cut') rest = rest.slice(0, PIECE + 5);
    return new Response(rest, { status: 206 });
  };
}

let store: FakeStore;
let facts: FileFact[];
let saved: { name: string; content: Blob }[];
let hands: Hands;
let mover: Mover;
let wanted: StoreDownload;
let clock: number;

beforeEach(async () => {
  store = new FakeStore();
  [facts, saved, clock] = [[], [], 0];
  store.pieces = await Promise.all([0, 1, 2].map((at) => hashOf(CONTENT.slice(at * PIECE, (at + 1) * PIECE))));
  wanted = { attempt: 0, name: 'report.pdf', mime: 'application/pdf', size: SIZE, hash: await hashOf(CONTENT) };
  hands = {
    chosen: (path) => (path === '1/report.pdf' ? new File([CONTENT], 'report.pdf') : null),
    save: (name, content) => void saved.push({ name, content }),
    store: (access) => new Store(access, store.fetch),
    picture: () => Promise.resolve(null),
    pause: () => Promise.resolve(),
    now: () => clock,
  };
  mover = new Mover((fact) => void facts.push(fact), hands);
});

const plan = (more: Partial<StorePlan>): StorePlan => ({ access: ACCESS, own: {}, wanted: {}, ...more });

/** The first fact of this kind, as soon as there is one. */
async function fact(type: FileFact['type']): Promise<FileFact> {
  for (let turn = 0; turn < 15_000; turn += 1) {
    const found = facts.find((one) => one.type === type);
    if (found) return found;
    await new Promise((done) => setTimeout(done, 1));
  }
  throw new Error(`no ${type} among ${JSON.stringify(facts)}`);
}

const own = { f1: { path: '1/report.pdf', name: 'report.pdf', mime: 'application/pdf' } };

describe('a file of ours', () => {
  it('is hashed, offered and put piece by piece', async () => {
    mover.setPlan(plan({ own }));
    await fact('sent');
    expect(store.offer).toMatchObject({ id: 'f1', size: SIZE, sha256: wanted.hash, pieces: store.pieces });
    expect(store.asked).toEqual([
      'POST ',
      'PUT /f1?offset=0',
      `PUT /f1?offset=${PIECE}`,
      `PUT /f1?offset=${2 * PIECE}`,
    ]);
    // How far it is was told once, as no time has passed: a page that says too much is cut off.
    expect(facts.map(({ type }) => type)).toEqual(['preparing', 'prepared', 'moving', 'sent']);
  });

  it('is told of again and again while time passes', async () => {
    mover = new Mover((fact) => void facts.push(fact), { ...hands, now: () => (clock += 1_000) });
    mover.setPlan(plan({ own }));
    await fact('sent');
    expect(facts.filter(({ type }) => type === 'moving')).toHaveLength(3);
  });

  it('goes on where the store is after the network broke', async () => {
    store.trouble = ['broken', 503];
    store.size = PIECE;
    mover.setPlan(plan({ own }));
    await fact('sent');
    expect(store.asked.filter((asked) => asked.startsWith('PUT'))[0]).toBe(`PUT /f1?offset=${PIECE}`);
  });

  it('waits for a new token when the old one is good no longer', async () => {
    store.token = 'newer';
    mover.setPlan(plan({ own }));
    expect(await fact('store')).toEqual({ type: 'store', value: false });
    mover.setPlan(plan({ own, access: { ...ACCESS, token: 'newer' } }));
    await fact('sent');
    expect(facts.filter(({ type }) => type === 'store').map((one) => 'value' in one && one.value)).toEqual([
      false,
      true,
    ]);
  });

  it('that is taken back is taken from the store; one that is left behind stays there', async () => {
    mover.setPlan(plan({ own }));
    await fact('sent');
    mover.setPlan(plan({ own: {} }));
    expect(store.asked.at(-1)).toBe('DELETE /f1');
    store.asked = [];
    mover.setPlan(plan({ own }));
    mover.setPlan(plan({ own: {}, access: null }));
    expect(store.asked).toEqual([]);
  });

  it('of another page cannot be read', async () => {
    mover.setPlan(plan({ own: { f1: { ...own.f1, path: '9/other' } } }));
    expect(await fact('failed')).toMatchObject({ value: { id: 'f1', fault: { type: 'unreadable' } } });
  });

  it('that is too large for the room is refused', async () => {
    store.trouble = [413];
    mover.setPlan(plan({ own }));
    expect(await fact('failed')).toMatchObject({ value: { id: 'f1' } });
  });
});

describe('a file of theirs', () => {
  async function whole(): Promise<void> {
    await fact('saved');
    expect(saved.map(({ name }) => name)).toEqual(['report.pdf']);
    expect(await hashOf(new Uint8Array((await saved[0]?.content.arrayBuffer()) ?? []))).toBe(wanted.hash);
  }

  it('is fetched, verified and given to the user', async () => {
    mover.setPlan(plan({ wanted: { f2: wanted } }));
    await whole();
    for (let turn = 0; turn < 100 && store.asked.length < 3; turn += 1)
      await new Promise((done) => setTimeout(done, 1));
    expect(store.asked).toEqual(['GET /f2/pieces', 'GET /f2 bytes=0-', 'POST /f2/received']);
  });

  it('is known to its sender to be here, though nothing more is wanted of it then', async () => {
    const seen: FileFact[] = facts;
    facts.push = (...more) => {
      if (more.some(({ type }) => type === 'saved')) mover.setPlan(plan({}));
      return Array.prototype.push.apply(seen, more);
    };
    mover.setPlan(plan({ wanted: { f2: wanted } }));
    await whole();
    for (let turn = 0; turn < 100 && store.asked.length < 3; turn += 1)
      await new Promise((done) => setTimeout(done, 1));
    expect(store.asked.at(-1)).toBe('POST /f2/received');
  });

  it('that is cut in the middle comes again from the last whole piece', async () => {
    const fetch = store.fetch;
    let cut = false;
    store.fetch = (url, init) => {
      if (!cut && String(url).endsWith('/f2')) [cut, store.trouble] = [true, ['cut', 204]];
      return fetch(url, init);
    };
    mover.setPlan(plan({ wanted: { f2: wanted } }));
    await whole();
    expect(store.asked).toContain(`GET /f2 bytes=${PIECE}-`);
  });

  it('that keeps arriving wrong is given up', async () => {
    store.content = CONTENT.slice();
    store.content[5] = (store.content[5] ?? 0) ^ 1;
    mover.setPlan(plan({ wanted: { f2: wanted } }));
    expect(await fact('failed')).toEqual({ type: 'failed', value: { id: 'f2', fault: { type: 'wrongHash' } } });
    expect(saved).toEqual([]);
  });

  it('that is gone is told so, and tried again by a new attempt', async () => {
    store.trouble = [410];
    mover.setPlan(plan({ wanted: { f2: wanted } }));
    expect(await fact('failed')).toEqual({ type: 'failed', value: { id: 'f2', fault: { type: 'gone' } } });
    mover.setPlan(plan({ wanted: { f2: { ...wanted, attempt: 1 } } }));
    await whole();
  });
});
