import type { CallEnd, PastCall } from '../../contract';
import type { Key } from '../../words';

const SPECIAL: Partial<Record<CallEnd, Key>> = {
  missed: 'calls.missed',
  weDeclined: 'calls.declined',
  takenElsewhere: 'calls.elsewhere',
  declined: 'calls.theyDeclined',
  busy: 'calls.busy',
  noAnswer: 'calls.noAnswer',
  cancelled: 'calls.cancelled',
};

/** What a past call was, in a word or two. */
export function pastKey({ end, incoming, seconds }: PastCall): Key {
  if (seconds > 0 || end === 'hungUp' || end === 'theyHungUp') return incoming ? 'calls.incoming' : 'calls.outgoing';
  return SPECIAL[end] ?? 'calls.failed';
}
