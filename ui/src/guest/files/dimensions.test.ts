import { describe, expect, it } from 'vitest';
import { dimensionsOf } from './dimensions';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : part)));
const be32 = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const be16 = (n: number): number[] => be32(n).slice(2);
const le16 = (n: number): number[] => be16(n).reverse();
const le24 = (n: number): number[] => [...le16(n & 0xffff), n >>> 16];

const png = (width: number, height: number) => bytes('\x89PNG\r\n\x1a\n', be32(13), 'IHDR', be32(width), be32(height));
const size = (width: number, height: number) => ({ width, height });

describe('how large a picture says it is', () => {
  it('is read of every kind that is shown', () => {
    expect(dimensionsOf(png(640, 480))).toEqual(size(640, 480));
    expect(dimensionsOf(bytes('GIF89a', le16(300), le16(200)))).toEqual(size(300, 200));
    const lossy = bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8 ', [0, 0, 0, 0, 0, 0, 0], [0x9d, 1, 0x2a], le16(800), le16(600));
    expect(dimensionsOf(lossy)).toEqual(size(800, 600));
    const bits = 799 | (599 << 14);
    const lossless = bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8L', [0, 0, 0, 0, 0x2f], be32(bits).reverse());
    expect(dimensionsOf(lossless)).toEqual(size(800, 600));
    const extended = bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [0, 0, 0, 0, 0, 0, 0, 0], le24(69_999), le24(599));
    expect(dimensionsOf(extended)).toEqual(size(70_000, 600));
  });

  it('is found behind what a photograph carries in front', () => {
    const frame = [0xff, 0xc2, ...be16(11), 8, ...be16(3000), ...be16(4000)];
    const exif = [0xff, 0xe1, ...be16(1000), ...new Array<number>(998).fill(7)];
    const tables = [0xff, 0xc4, ...be16(4), 0, 0];
    expect(dimensionsOf(bytes([0xff, 0xd8], exif, [0xff], tables, frame))).toEqual(size(4000, 3000));
    expect(dimensionsOf(bytes([0xff, 0xd8], exif, [0xff, 0xda, ...be16(2)], frame))).toBeNull();
  });

  it('is nothing when it is cut off, empty or no picture', () => {
    for (const cut of [0, 1, 8, 15, 23]) expect(dimensionsOf(png(5, 5).slice(0, cut))).toBeNull();
    expect(dimensionsOf(png(0, 5))).toBeNull();
    expect(dimensionsOf(bytes('<svg width="5" height="5"/>'))).toBeNull();
    expect(dimensionsOf(bytes([0xff, 0xd8, 0xff, 0xe1, 0, 2]))).toBeNull();
  });
});
