/** How large a picture says it is, read from its first bytes: before anything is decoded that could fill the memory. */

/** Width and height in pixels. */
export interface Dimensions {
  width: number;
  height: number;
}

/** Bytes from the beginning of a file within which its dimensions are found; photographs carry small pictures in front of them. */
export const HEAD = 256 << 10;

/** The dimensions of a PNG, JPEG, GIF or WebP; `null` when it is none of them or does not say. */
export function dimensionsOf(head: Uint8Array): Dimensions | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    const found = png(view) ?? gif(view) ?? webp(view) ?? jpeg(view);
    return found && found.width > 0 && found.height > 0 ? found : null;
  } catch {
    // It ends before it has said so.
    return null;
  }
}

const says = (view: DataView, at: number, text: string): boolean =>
  view.byteLength >= at + text.length && [...text].every((c, i) => view.getUint8(at + i) === c.charCodeAt(0));

/** PNG, third edition, 11.2.1: IHDR is the first chunk. */
function png(view: DataView): Dimensions | null {
  if (!says(view, 0, '\x89PNG\r\n\x1a\n') || !says(view, 12, 'IHDR')) return null;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** GIF89a, 18: the logical screen, which is what is decoded. */
function gif(view: DataView): Dimensions | null {
  if (!says(view, 0, 'GIF87a') && !says(view, 0, 'GIF89a')) return null;
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** WebP container (RFC 9649, 2): lossy, lossless, extended. */
function webp(view: DataView): Dimensions | null {
  if (!says(view, 0, 'RIFF') || !says(view, 8, 'WEBP')) return null;
  if (says(view, 12, 'VP8X')) {
    const three = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    return { width: three(24) + 1, height: three(27) + 1 };
  }
  if (says(view, 12, 'VP8L')) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (!says(view, 12, 'VP8 ') || !says(view, 23, '\x9d\x01\x2a')) return null;
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

/** JPEG (ITU-T T.81, B.2.2): the frame header behind any other segments. */
function jpeg(view: DataView): Dimensions | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; ;) {
    while (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xff) at += 1;
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    // Start of frame, but for the tables that share its numbers.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    // Pixels before a frame, or the end.
    if (marker === 0xda || marker === 0xd9) return null;
    const bare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    at += bare ? 2 : 2 + view.getUint16(at + 2);
  }
}
