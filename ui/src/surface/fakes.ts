/** Stand-ins for the world around the surface, for tests. */
import { HEADER_LEN } from './header';
import type { Socket } from './source';

/** A socket whose other end is the test. */
export class FakeSocket implements Socket {
  binaryType: BinaryType = 'blob';
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent<unknown>) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly sent: (string | number[])[] = [];
  closed = false;

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(typeof data === 'string' ? data : [...data]);
  }

  close(): void {
    this.closed = true;
  }

  opens(): void {
    this.onopen?.(new Event('open'));
  }

  receives(data: ArrayBuffer): void {
    this.onmessage?.(new MessageEvent('message', { data }));
  }

  breaks(code: number): void {
    this.onclose?.(Object.assign(new Event('close'), { code, reason: '', wasClean: false }));
  }
}

/** A frame as the native side sends it, filled with `value`. */
export function frame(stream: number, seq: number, width: number, height: number, value = 255): ArrayBuffer {
  const len = width * height * 4;
  const bytes = new Uint8Array(HEADER_LEN + len).fill(value, HEADER_LEN);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0xcf);
  view.setUint8(1, 1);
  view.setUint8(2, 1);
  view.setUint16(4, stream, true);
  view.setUint32(8, seq, true);
  view.setUint16(12, width, true);
  view.setUint16(14, height, true);
  view.setUint32(24, len, true);
  return bytes.buffer;
}
