import { describe, expect, it } from 'vitest';
import { hashOf, Sha256 } from './sha256';

const bytes = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 31 + 7) & 0xff);

describe('SHA-256', () => {
  it('gives the published values (FIPS 180-4, examples)', () => {
    const of = (text: string) => new Sha256().update(new TextEncoder().encode(text)).digest();
    expect(of('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(of('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('is the browser’s own for every length around its blocks, however it is cut', async () => {
    for (const length of [1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
      const whole = bytes(length);
      const expected = await hashOf(whole);
      expect(new Sha256().update(whole).digest(), `${length}`).toBe(expected);
      const cut = new Sha256();
      for (let at = 0; at < length; at += 7) cut.update(whole.subarray(at, at + 7));
      expect(cut.digest(), `${length} in sevens`).toBe(expected);
    }
  });
});
