/** What the pixels of a frame are. */
export const FrameFormat = { I420: 0, Rgba: 1 } as const;

/** Bytes of a header. */
export const HEADER_LEN = 32;

const MAGIC = 0xcf;
const VERSION = 1;

/**
 * One picture on its way to the page. The layout of the bytes is described in the `header` module of the crate
 * `confab-video-surface`; both sides check the same vector.
 */
export interface FrameHeader {
  /** One of {@link FrameFormat}. */
  readonly format: number;
  /** Whose picture. */
  readonly stream: number;
  /** Clockwise turn still to be made, in degrees. */
  readonly rotation: number;
  /** Counts the messages of a stream in one connection; wraps at 2³². */
  readonly seq: number;
  /** Device pixels in a row; 0 together with the height: show nothing. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** When it was captured, in milliseconds on the clock of the native process. */
  readonly capturedMs: number;
  /** Bytes of pixels after the header. */
  readonly len: number;
}

/** Reads the header of a message; `undefined` when it is none of this version or its pixels are not all there. */
export function decodeHeader(message: ArrayBuffer): FrameHeader | undefined {
  if (message.byteLength < HEADER_LEN) return undefined;
  const view = new DataView(message);
  if (view.getUint8(0) !== MAGIC || view.getUint8(1) !== VERSION) return undefined;
  const header: FrameHeader = {
    format: view.getUint8(2),
    stream: view.getUint16(4, true),
    rotation: view.getUint16(6, true),
    seq: view.getUint32(8, true),
    width: view.getUint16(12, true),
    height: view.getUint16(14, true),
    capturedMs: view.getFloat64(16, true),
    len: view.getUint32(24, true),
  };
  return message.byteLength === HEADER_LEN + header.len ? header : undefined;
}
