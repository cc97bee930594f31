import { dimensionsOf, HEAD } from './dimensions';

/** Small pictures of images, for the conversation. */

/** Kinds that browsers decode safely; a drawing that can carry scripts is not among them. */
const KINDS = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
/** The largest image that is looked at, bytes. */
const LARGEST = 20 << 20;
/** The most pixels of an image that is decoded: a few bytes can claim to be gigabytes. */
const MOST_PIXELS = 40e6;
/** The largest small picture, pixels. */
const WIDTH = 320;
const HEIGHT = 240;
/** The longest address. */
const MAX_ADDRESS = 64 << 10;

/** An address that shows it; `null` when it is no image that can be shown, or too large. The browser decodes on another thread. */
export async function pictureOf(file: Blob): Promise<string | null> {
  if (!KINDS.includes(file.type) || file.size > LARGEST) return null;
  try {
    const claimed = dimensionsOf(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
    if (!claimed || claimed.width * claimed.height > MOST_PIXELS) return null;
    const whole = await createImageBitmap(file);
    const scale = Math.min(1, WIDTH / whole.width, HEIGHT / whole.height);
    const [width, height] = [
      Math.max(1, Math.round(whole.width * scale)),
      Math.max(1, Math.round(whole.height * scale)),
    ];
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext('2d');
    if (!context) return null;
    // What is transparent lies on white: a photograph has no other way.
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height);
    context.drawImage(whole, 0, 0, width, height);
    whole.close();
    const address = canvas.toDataURL('image/jpeg', 0.75);
    return address.length <= MAX_ADDRESS ? address : null;
  } catch {
    return null;
  }
}
