import { describe, expect, it } from 'vitest';
import { detail, happening, table } from './log';

describe('the log of a room', () => {
  it('is a table with the time in UTC, and quotes what would break it', () => {
    const at = Date.UTC(2026, 10, 21, 14, 2);
    const lines = [
      { at, what: 'removed', by: 'Alice', who: 'Bob, "the builder"', text: 'loud\nand late' },
      { at, what: 'joined', by: '', who: '=HYPERLINK("x")', text: '' },
    ];
    expect(table(lines)).toBe(
      'Time,What,By,Who,Details\r\n' +
        '2026-11-21T14:02:00.000Z,removed,Alice,"Bob, ""the builder""","loud\nand late"\r\n' +
        '2026-11-21T14:02:00.000Z,joined,,"\'=HYPERLINK(""x"")",\r\n',
    );
  });

  it('shows what it does not know as the room says it', () => {
    expect(happening('muted-all')).toBe('everyone muted');
    expect(happening('teleported')).toBe('teleported');
  });

  it('tells roles and devices in words, and leaves reasons as they were given', () => {
    const line = { at: 0, by: '', who: '' };
    expect(detail({ ...line, what: 'joined', text: 'co-organiser' })).toBe('Co-organiser');
    expect(detail({ ...line, what: 'removed', text: 'guest' })).toBe('guest');
    expect(detail({ ...line, what: 'role', text: 'constructor' })).toBe('constructor');
  });
});
