import { describe, expect, it } from 'vitest';
import { size, surplus, textParts } from './text';

const links = (text: string) => textParts(text).flatMap(({ text, url }) => (url === null ? [] : [[text, url]]));

describe('links in messages', () => {
  it.each([
    ['see https://acme.example/a?b=1.', 'https://acme.example/a?b=1'],
    ['(http://acme.example)', 'http://acme.example'],
    ['https://wiki.example/Rust_(language)', 'https://wiki.example/Rust_(language)'],
    ['mailto:bob@acme.example, please', 'mailto:bob@acme.example'],
    ['HTTPS://ACME.example!', 'HTTPS://ACME.example'],
    ['[see https://acme.example/(a)).]', 'https://acme.example/(a)'],
  ])('"%s" links to %s', (text, shown) => {
    expect(links(text).map(([text]) => text)).toEqual([shown]);
  });

  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'https://', 'confab://join/1', 'acme.example', 'mailto:'])(
    '"%s" is no link',
    (text) => {
      expect(links(text)).toEqual([]);
    },
  );

  it('leave every letter of the message where it was', () => {
    const text = 'a https://b.example/c, d (mailto:e@f.example) g';
    expect(
      textParts(text)
        .map(({ text }) => text)
        .join(''),
    ).toBe(text);
  });

  it('end where a mark that turns the direction of writing begins', () => {
    expect(links('https://acme.example/\u202egpj.exe').map(([text]) => text)).toEqual(['https://acme.example/']);
  });
});

describe('code in messages', () => {
  it('stands between backticks, within a line or on lines of its own', () => {
    expect(textParts('run `cargo test` now')).toEqual([
      { text: 'run ', url: null },
      { text: 'cargo test', url: null, code: 'line' },
      { text: ' now', url: null },
    ]);
    expect(textParts('```rust\nfn main() {\n}\n```')).toEqual([{ text: 'fn main() {\n}', url: null, code: 'block' }]);
  });

  it('has no links, and single backticks are letters', () => {
    expect(links('`https://acme.example`')).toEqual([]);
    expect(textParts('a ` b')).toEqual([{ text: 'a ` b', url: null }]);
    expect(textParts('``')).toEqual([{ text: '``', url: null }]);
  });
});

describe('sizes', () => {
  it('are told in the unit that people would use', () => {
    expect([0, 999, 14_200, 999_700, 1_250_000, 2_000_000_000].map(size)).toEqual([
      '0 B',
      '999 B',
      '14 kB',
      '1 MB',
      '1.3 MB',
      '2 GB',
    ]);
  });

  it('of messages are counted in bytes, and what is too much in letters', () => {
    expect(surplus('a'.repeat(16_384))).toBe(0);
    expect(surplus('a'.repeat(16_390))).toBe(6);
    expect(surplus('é'.repeat(8_193))).toBe(1);
  });
});
