import type { LogLine } from '../../contract';
import { t, type Key } from '../../words';
import { en } from '../../words/en';

/** A happening in words; one that this page does not know yet is shown as the room says it. */
export function happening(what: string): string {
  const key = `log.${what}`;
  return Object.hasOwn(en, key) ? t(key as Key) : what;
}

/** Roles and devices are told by the same words as elsewhere; reasons and names as they are. */
const TOLD: ReadonlyMap<string, Key> = new Map([
  ['organiser', 'roles.organiser'],
  ['co-organiser', 'roles.co-organiser'],
  ['participant', 'roles.participant'],
  ['guest', 'roles.guest'],
  ['audio', 'control.microphone'],
  ['video', 'control.camera'],
]);

/** What more there is to say about a happening. */
export function detail({ what, text }: LogLine): string {
  const key = ['joined', 'role', 'asked'].includes(what) ? TOLD.get(text) : undefined;
  return key ? t(key) : text;
}

/** A table that every spreadsheet reads (RFC 4180). Times are in UTC, so that nobody has to guess. */
export function table(lines: readonly LogLine[]): string {
  const head = [t('log.time'), t('log.what'), t('log.by'), t('log.who'), t('log.more')];
  const rows = lines.map((line) => [
    new Date(line.at).toISOString(),
    happening(line.what),
    line.by,
    line.who,
    detail(line),
  ]);
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** A name that looks like a formula must stay a name when a spreadsheet opens it. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
