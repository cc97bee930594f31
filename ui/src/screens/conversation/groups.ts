import type { LineView } from '../../contract';

/** Lines that one person said in one go: name and time are told once. */
export interface Group {
  /** The id of its first line. */
  id: string;
  name: string;
  me: boolean;
  /** When its first line was said, milliseconds since 1970. */
  at: number;
  lines: LineView[];
}

/** A pause this long begins a new group, milliseconds. */
const PAUSE = 5 * 60_000;

/** Puts neighbouring lines of one person together. */
export function groups(lines: readonly LineView[]): Group[] {
  const all: Group[] = [];
  for (const line of lines) {
    const last = all.at(-1);
    const before = last?.lines.at(-1);
    if (last && before && last.me === line.me && last.name === line.name && line.at - before.at < PAUSE) {
      last.lines.push(line);
    } else {
      all.push({ id: line.id, name: line.name, me: line.me, at: line.at, lines: [line] });
    }
  }
  return all;
}
