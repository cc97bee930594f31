import { describe, expect, it } from 'vitest';
import type { LineView } from '../../contract';
import { groups } from './groups';

const line = (id: string, name: string, at: number, me = false): LineView => ({
  id,
  name,
  me,
  at,
  delivery: 'delivered',
  body: { type: 'text', text: id },
  to: null,
  reply: null,
  reactions: [],
});
const shape = (lines: LineView[]) => groups(lines).map(({ lines }) => lines.map(({ id }) => id).join(''));

describe('groups of lines', () => {
  it('hold what one person says in one go', () => {
    expect(shape([line('a', 'Bob', 0), line('b', 'Bob', 60_000), line('c', 'Alice', 61_000, true)])).toEqual([
      'ab',
      'c',
    ]);
  });

  it('end with a pause, and with somebody of the same name who is another', () => {
    expect(shape([line('a', 'Bob', 0), line('b', 'Bob', 300_000), line('c', 'Bob', 300_001, true)])).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(shape([])).toEqual([]);
  });
});
