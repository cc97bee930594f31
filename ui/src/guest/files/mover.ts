import type { FileFact, StoreAccess, StoreDownload, StorePlan, StoreUpload } from '../../contract/media';
import { readLink } from '../link';
import { pictureOf } from './picture';
import { hashOf, Sha256 } from './sha256';
import { PIECE, Store, StoreError, type Offer } from './store';

/** Pauses between attempts, milliseconds. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;
/** How often it is told how far a file is, milliseconds: the backend takes a hundred messages a second in all. */
const TOLD_EVERY = 250;
/** How often a piece that arrived wrong is asked for again. */
const WRONG = 3;

/** The world around the mover; replaced in tests. */
export interface Hands {
  /** The file that the user chose under this name. */
  chosen(path: string): File | null;
  /** Gives a file to the user, as browsers do. */
  save(name: string, content: Blob): void;
  store(access: StoreAccess): Store;
  picture(file: Blob): Promise<string | null>;
  pause(ms: number): Promise<void>;
  /** The page's clock, milliseconds. */
  now(): number;
}

/** Gives a file to the user by the browser's own downloads. */
export function saveAs(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export const theseHands = (chosen: Hands['chosen']): Hands => ({
  chosen,
  save: saveAs,
  store: ({ url, token }) => new Store({ url: new URL(url, `${readLink(location.href).server}/`).href, token }),
  picture: pictureOf,
  pause: (ms) => new Promise((done) => setTimeout(done, ms)),
  now: () => performance.now(),
});

/** Makes a plan of files true: puts ours into the room's store and fetches those of others. */
export class Mover {
  #access: StoreAccess | null = null;
  /** Who waits for a token. */
  #waiting: (() => void)[] = [];
  #refused = '';
  readonly #running = new Map<string, { attempt: number; own: boolean; stop: AbortController }>();

  constructor(
    private readonly tell: (fact: FileFact) => void,
    private readonly hands: Hands,
  ) {}

  /** Wants this from now on. */
  setPlan({ access, own, wanted }: StorePlan): void {
    const leaving = access === null;
    for (const [id, { attempt, own: ours, stop }] of this.#running) {
      const still = ours ? own[id] !== undefined : wanted[id]?.attempt === attempt;
      if (still) continue;
      this.#running.delete(id);
      stop.abort();
      // What is no longer wanted while the room is there was taken back.
      if (ours && !leaving)
        void this.hands
          .store(access)
          .cancel(id)
          .catch(() => undefined);
    }
    this.#access = access;
    if (access && access.token !== this.#refused) this.#waiting.splice(0).forEach((go) => go());
    for (const [id, file] of Object.entries(own))
      if (file) this.#begin(id, 0, true, (stop) => this.#give(id, file, stop));
    for (const [id, file] of Object.entries(wanted)) {
      if (file) this.#begin(id, file.attempt, false, (stop) => this.#fetch(id, file, stop));
    }
  }

  #begin(id: string, attempt: number, own: boolean, run: (stop: AbortSignal) => Promise<void>): void {
    if (this.#running.has(id)) return;
    const stop = new AbortController();
    this.#running.set(id, { attempt, own, stop });
    run(stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) this.tell({ type: 'failed', value: { id, fault: faultOf(error) } });
    });
  }

  async #give(id: string, { path, name, mime }: StoreUpload, stop: AbortSignal): Promise<void> {
    const file = this.hands.chosen(path);
    if (!file) throw new Unreadable('it was chosen in another page');
    const { hash, pieces } = await this.#hash(id, file, stop);
    const modified = file.lastModified > 0 ? file.lastModified : null;
    this.tell({ type: 'prepared', value: { id, size: file.size, hash, modified } });
    void this.hands.picture(file).then((picture) => {
      if (picture && !stop.aborted) this.tell({ type: 'preview', value: { id, picture } });
    });
    const offer: Offer = { id, name, size: file.size, mimetype: mime, lastModified: modified, sha256: hash, pieces };
    const progress = this.#progress();
    let there = await this.#patiently(stop, (store) => store.offer(offer, stop));
    while (there < file.size) {
      const at = there;
      progress({ type: 'moving', value: { id, done: at } });
      there = await this.#patiently(stop, (store) => store.put(id, at, file.slice(at, at + PIECE), stop));
    }
    this.tell({ type: 'sent', value: id });
  }

  async #hash(id: string, file: File, stop: AbortSignal): Promise<{ hash: string; pieces: string[] }> {
    const whole = new Sha256();
    const pieces: string[] = [];
    const progress = this.#progress();
    for (let at = 0; at < file.size; at += PIECE) {
      stop.throwIfAborted();
      const piece = await read(file.slice(at, at + PIECE));
      whole.update(piece);
      pieces.push(await hashOf(piece));
      progress({ type: 'preparing', value: { id, done: Math.min(file.size, at + PIECE), size: file.size } });
    }
    return { hash: whole.digest(), pieces };
  }

  async #fetch(id: string, { name, mime, size, hash }: StoreDownload, stop: AbortSignal): Promise<void> {
    const pieces = await this.#patiently(stop, (store) => store.pieces(id, stop));
    const whole = new Sha256();
    const parts: Blob[] = [];
    const progress = this.#progress();
    let done = 0;
    let wrong = 0;
    const keep = async (piece: Uint8Array<ArrayBuffer>): Promise<void> => {
      if ((await hashOf(piece)) !== pieces[parts.length]) throw new StoreError('hash');
      whole.update(piece);
      // A blob of its own lets the browser put it on the disk.
      parts.push(new Blob([piece]));
      done += piece.length;
      progress({ type: 'moving', value: { id, done } });
    };
    while (done < size) {
      const from = done;
      try {
        await this.#patiently(stop, async (store) => {
          const bytes = await store.bytes(id, done, stop);
          if (bytes) await inPieces(bytes, done, size, keep);
        });
      } catch (error) {
        // Pieces that were right stay.
        if (!(error instanceof StoreError && error.reason === 'hash') || (wrong += 1) >= WRONG) throw error;
      }
      if (done > from) wrong = 0;
    }
    if (whole.digest() !== hash) throw new StoreError('hash');
    const content = new Blob(parts, { type: mime });
    this.hands.save(name, content);
    // Before anything else: who has the file wants nothing more of it, and this ends.
    const told =
      this.#access &&
      this.hands
        .store(this.#access)
        .received(id)
        .catch(() => null);
    this.tell({ type: 'saved', value: { id, place: name } });
    const picture = await this.hands.picture(content);
    if (picture && !stop.aborted) this.tell({ type: 'preview', value: { id, picture } });
    if ((await told) === null) await this.#patiently(stop, (store) => store.received(id));
  }

  /** Tells how far a file is: the first time at once, then now and then. */
  #progress(): (fact: FileFact) => void {
    let next = -Infinity;
    return (fact) => {
      const now = this.hands.now();
      if (now < next) return;
      next = now + TOLD_EVERY;
      this.tell(fact);
    };
  }

  /** Tries until it is done or refused for good; waits for a token where there is none. */
  async #patiently<T>(stop: AbortSignal, act: (store: Store) => Promise<T>): Promise<T> {
    for (let pause = FIRST_PAUSE; ;) {
      stop.throwIfAborted();
      const access = this.#access;
      if (!access || access.token === this.#refused) {
        await new Promise<void>((go) => this.#waiting.push(go));
        continue;
      }
      try {
        const done = await act(this.hands.store(access));
        if (this.#refused !== '') {
          this.#refused = '';
          this.tell({ type: 'store', value: true });
        }
        return done;
      } catch (error) {
        if (!(error instanceof StoreError) || !['token', 'later'].includes(error.reason)) throw error;
        if (error.reason === 'token' && access.token !== this.#refused) {
          this.#refused = access.token;
          this.tell({ type: 'store', value: false });
        } else {
          await this.hands.pause(pause);
          pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
      }
    }
  }
}

class Unreadable extends Error {}

/** Cuts a stream that begins at `from` into whole pieces. What ends in the middle of one is left: it comes again. */
async function inPieces(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  from: number,
  size: number,
  keep: (piece: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<void> {
  const reader = bytes.getReader();
  let piece = new Uint8Array(Math.min(PIECE, size - from));
  let filled = 0;
  let at = from;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
      if (done || !value) return;
      for (let rest = value; rest.length > 0;) {
        const part = rest.subarray(0, piece.length - filled);
        if (part.length === 0) return;
        piece.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
        if (filled < piece.length) continue;
        await keep(piece);
        at += piece.length;
        piece = new Uint8Array(Math.min(PIECE, size - at));
        filled = 0;
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

async function read(part: Blob): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await part.arrayBuffer());
  } catch (error) {
    throw new Unreadable(String(error));
  }
}

type Fault = Extract<FileFact, { type: 'failed' }>['value']['fault'];

function faultOf(error: unknown): Fault {
  if (error instanceof Unreadable) return { type: 'unreadable', value: error.message };
  if (!(error instanceof StoreError)) return { type: 'unwritable', value: String(error) };
  if (error.reason === 'hash') return { type: 'wrongHash' };
  return error.reason === 'full' ? { type: 'refused', value: 'too large, or the room is full' } : { type: 'gone' };
}
