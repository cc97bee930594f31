import type { SurfaceEndpoint } from '../contract';
import { decodeHeader, FrameFormat, HEADER_LEN, type FrameHeader } from './header';

/** A picture as it arrived. */
export interface Picture {
  readonly header: FrameHeader;
  /** `width × height` pixels of red, green, blue, alpha; empty when the stream shall show nothing. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** The part of a WebSocket that is used. */
export interface Socket {
  binaryType: BinaryType;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** Close code of the native side: another connection has taken this one's place. */
const REPLACED = 4001;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/**
 * Gets pictures from the native side. It keeps the newest of each stream and acknowledges all that arrived when they
 * are drawn; the native side sends no more than a picture or two without that.
 */
export class FrameSource {
  /** Called when there is something to {@link drain}. */
  onpicture: () => void = () => undefined;

  private readonly newest = new Map<number, Picture>();
  /** Streams of pictures that arrived since the last drain, one entry per picture. */
  private arrived: number[] = [];
  private socket: Socket | undefined;
  private running = false;
  private pause = FIRST_PAUSE_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param endpoint asks the native side for an address and a fresh token; called again for every connection.
   * @param open makes a socket; replaced in tests.
   */
  constructor(
    private readonly endpoint: () => Promise<SurfaceEndpoint>,
    private readonly open: (url: string) => Socket = (url) => new WebSocket(url),
  ) {}

  /** Connects and stays connected. Does nothing when the native side shows pictures itself. */
  start(): void {
    if (this.running) return;
    this.running = true;
    void this.connect();
  }

  /** Disconnects. */
  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
    this.leave();
  }

  /** Hands every new picture to `draw`, then acknowledges it. To be called when the page is about to be painted. */
  drain(draw: (picture: Picture) => void): void {
    for (const picture of this.newest.values()) draw(picture);
    this.newest.clear();
    if (this.arrived.length === 0) return;
    const list = new Uint8Array(this.arrived.length * 2);
    const view = new DataView(list.buffer);
    this.arrived.forEach((stream, index) => view.setUint16(index * 2, stream, true));
    this.arrived = [];
    this.socket?.send(list);
  }

  private async connect(): Promise<void> {
    let endpoint: SurfaceEndpoint;
    try {
      endpoint = await this.endpoint();
    } catch {
      this.retry();
      return;
    }
    if (!this.running || endpoint.type !== 'page') return;
    const { url, token } = endpoint;
    let socket: Socket;
    try {
      socket = this.open(url);
    } catch {
      this.retry();
      return;
    }
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => socket.send(token);
    socket.onmessage = (event) => {
      if (event.data instanceof ArrayBuffer) this.receive(event.data);
    };
    socket.onclose = (event) => {
      this.leave();
      if (event.code !== REPLACED) this.retry();
    };
  }

  private receive(message: ArrayBuffer): void {
    const header = decodeHeader(message);
    if (!header) return;
    this.pause = FIRST_PAUSE_MS;
    this.arrived.push(header.stream);
    const known = header.format === FrameFormat.Rgba && header.len === header.width * header.height * 4;
    // Pixels of an unknown kind are acknowledged and not drawn.
    if (known) this.newest.set(header.stream, { header, pixels: new Uint8ClampedArray(message, HEADER_LEN) });
    this.onpicture();
  }

  /** Forgets the connection and what was not drawn yet: acknowledgements belong to one connection. */
  private leave(): void {
    const socket = this.socket;
    this.socket = undefined;
    this.newest.clear();
    this.arrived = [];
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private retry(): void {
    if (!this.running) return;
    this.timer = setTimeout(() => void this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }
}
