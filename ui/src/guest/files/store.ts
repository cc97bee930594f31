import type { StoreAccess } from '../../contract/media';

/** Bytes that share one hash and travel together. */
export const PIECE = 1 << 20;

/** What a request came to. */
export type Refused =
  /** The token is good no longer: a new one follows with the plan. */
  | 'token'
  /** There is no such file, or no longer. */
  | 'gone'
  /** It is too large, or the room is full. */
  | 'full'
  /** A piece does not have the hash that was promised. */
  | 'hash'
  /** Perhaps later. */
  | 'later';

/** A request that was refused. */
export class StoreError extends Error {
  constructor(readonly reason: Refused) {
    super(`the store refused: ${reason}`);
  }
}

/** What is said of a file before it comes. */
export interface Offer {
  id: string;
  name: string;
  size: number;
  mimetype: string;
  lastModified: number | null;
  sha256: string;
  pieces: string[];
}

/** The file store of a room, by HTTP. */
export class Store {
  constructor(
    private readonly access: StoreAccess,
    private readonly ask: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Offers a file; how many bytes of it are there already. */
  async offer(offer: Offer, signal: AbortSignal): Promise<number> {
    const body = JSON.stringify(offer);
    const answer = await this.#request('', {
      method: 'POST',
      body,
      signal,
      headers: { 'content-type': 'application/json' },
    });
    return have(answer);
  }

  /** Puts the piece that begins at `offset`; how many bytes are there then. */
  async put(id: string, offset: number, piece: Blob, signal: AbortSignal): Promise<number> {
    return have(await this.#request(`/${id}?offset=${offset}`, { method: 'PUT', body: piece, signal }));
  }

  /** Takes a file back. */
  async cancel(id: string): Promise<void> {
    await this.#request(`/${id}`, { method: 'DELETE' });
  }

  /** The hashes of a file's pieces. */
  async pieces(id: string, signal: AbortSignal): Promise<string[]> {
    const answer = await this.#request(`/${id}/pieces`, { signal });
    const { pieces } = (await answer.json()) as { pieces?: unknown };
    if (!Array.isArray(pieces) || !pieces.every((hash) => typeof hash === 'string')) throw new StoreError('later');
    return pieces as string[];
  }

  /** What is there of a file from `offset` on; `null`: nothing has come so far. */
  async bytes(
    id: string,
    offset: number,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
    const answer = await this.#request(`/${id}`, { signal, headers: { range: `bytes=${offset}-` } });
    return answer.status === 204 ? null : answer.body;
  }

  /** Says that all of it is here, and right. */
  async received(id: string): Promise<void> {
    await this.#request(`/${id}/received`, { method: 'POST' });
  }

  async #request(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.access.token}` };
    let answer: Response;
    try {
      answer = await this.ask(this.access.url + path, { ...init, headers, redirect: 'error', credentials: 'omit' });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new StoreError('later');
    }
    // A wrong offset says which one is right.
    if (answer.ok || (answer.status === 409 && init.method === 'PUT')) return answer;
    throw new StoreError(REASONS[answer.status] ?? 'later');
  }
}

const REASONS: Record<number, Refused> = {
  400: 'gone',
  401: 'token',
  403: 'gone',
  404: 'gone',
  409: 'gone',
  410: 'gone',
  413: 'full',
  422: 'hash',
};

async function have(answer: Response): Promise<number> {
  const body = (await answer.json().catch(() => null)) as { have?: unknown } | null;
  if (typeof body?.have !== 'number') throw new StoreError('later');
  return body.have;
}
