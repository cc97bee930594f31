import { expect, test } from 'vitest';
import { decodeHeader, FrameFormat, HEADER_LEN } from './header';

/** The same vector is in the crate `confab-video-surface`, `page/header.rs`. */
const VECTOR = 'cf010100020100004e61bc00c0031c0200000000a24a934060a31f0000000000';

function message(hex: string, pixels: number): ArrayBuffer {
  const bytes = new Uint8Array(HEADER_LEN + pixels);
  bytes.set(hex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? []);
  return bytes.buffer;
}

test('the vector shared with the native side is met', () => {
  expect(decodeHeader(message(VECTOR, 2_073_440))).toEqual({
    format: FrameFormat.Rgba,
    stream: 258,
    rotation: 0,
    seq: 12_345_678,
    width: 960,
    height: 540,
    capturedMs: 1234.658203125,
    len: 2_073_440,
  });
});

test('foreign, short and cut messages are refused', () => {
  expect(decodeHeader(new ArrayBuffer(31))).toBeUndefined();
  expect(decodeHeader(message(VECTOR.replace('cf01', 'cf02'), 2_073_440))).toBeUndefined();
  expect(decodeHeader(message(VECTOR.replace('cf01', 'ce01'), 2_073_440))).toBeUndefined();
  expect(decodeHeader(message(VECTOR, 2_073_439))).toBeUndefined();
});
