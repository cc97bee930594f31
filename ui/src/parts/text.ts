import { t } from '../words';

/** A piece of a message: plain text, a link that may be opened, or code, within a line or of lines of its own. */
export type TextPart = { text: string; url: string | null; code?: 'line' | 'block' };

const LINK = /\b(?:https?:\/\/|mailto:)[^\s<>"'`\u2066-\u2069\u202a-\u202e]+/giu;
const CODE = /```(?:[\w+#.-]*\n)?([\s\S]+?)\n?```|`([^`\n]+)`/gu;
const SAFE = ['http:', 'https:', 'mailto:'];

/** Cuts a message into text, links and what stands between backticks; all of it stays as it was written. */
export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const { 0: whole, 1: block, 2: line = '', index } of text.matchAll(CODE)) {
    parts.push(...linkParts(text.slice(at, index)));
    parts.push({ text: block ?? line, url: null, code: block === undefined ? 'line' : 'block' });
    at = index + whole.length;
  }
  return [...parts, ...linkParts(text.slice(at))];
}

/** Only http, https and mailto become links. */
function linkParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = trimmed(match[0]);
    const url = safeUrl(shown);
    if (url === null) continue;
    if (match.index > at) parts.push({ text: text.slice(at, match.index), url: null });
    parts.push({ text: shown, url });
    at = match.index + shown.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), url: null });
  return parts;
}

/** A full stop or bracket at the end belongs to the sentence, unless the bracket was opened within the link. */
function trimmed(link: string): string {
  const count = (letter: string) => link.split(letter).length;
  // How many more of each are closed than were opened; counted once, as a link may be as long as a message.
  const closed = new Map(
    ['()', '[]', '{}'].map(([opener = '', closer = '']) => [closer, count(closer) - count(opener)]),
  );
  let end = link.length;
  for (; end > 0; end -= 1) {
    const last = link[end - 1] ?? '';
    if ('.,;:!?*_'.includes(last)) continue;
    const more = closed.get(last) ?? 0;
    if (more <= 0) break;
    closed.set(last, more - 1);
  }
  return link.slice(0, end);
}

function safeUrl(text: string): string | null {
  try {
    const url = new URL(text);
    return SAFE.includes(url.protocol) && (url.protocol === 'mailto:' ? url.pathname : url.host) !== ''
      ? url.href
      : null;
  } catch {
    return null;
  }
}

/** Bytes as people say them: `14 kB`, `1.2 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return t('size.B', { n: bytes });
  if (bytes < 999_500) return t('size.kB', { n: Math.round(bytes / 1000) });
  if (bytes < 999_950_000) return t('size.MB', { n: bytes / 1e6 });
  return t('size.GB', { n: bytes / 1e9 });
}

/** Most bytes of one message. */
export const LONGEST = 16_384;

/** How many letters must go so that the message fits. */
export function surplus(text: string): number {
  const encoder = new TextEncoder();
  let over = encoder.encode(text).length - LONGEST;
  if (over <= 0) return 0;
  let letters = 0;
  for (const letter of Array.from(text).reverse()) {
    over -= encoder.encode(letter).length;
    letters += 1;
    if (over <= 0) break;
  }
  return letters;
}
