import type { LegStats } from './wire';

/** The parts of a report that are read (WebRTC statistics, W3C). */
type Entry = Record<string, unknown> & { type: string; id: string };

/** Counters as they stood when they were last read. */
export type Counters = Readonly<Record<string, number>>;

/** What two readings of a leg say. */
export interface Reading {
  stats: LegStats;
  counters: Counters;
  /** Pictures decoded since the leg began. */
  pictures: number;
}

/** Reads a report; `before` are the counters of the last one, `seconds` ago. */
export function readStats(report: Iterable<[string, unknown]>, before: Counters, seconds: number): Reading {
  const entries = [...report].map(([, entry]) => entry as Entry);
  const received = entries.filter(({ type }) => type === 'inbound-rtp');
  const sent = entries.filter(({ type }) => type === 'outbound-rtp');
  const seen = received.filter(({ kind }) => kind === 'video');
  const heard = received.filter(({ kind }) => kind === 'audio');
  const shown = sent.filter(({ kind }) => kind === 'video');
  const pair = selectedPair(entries);

  const counters = {
    bytesIn: sum(received, 'bytesReceived'),
    bytesOut: sum(sent, 'bytesSent'),
    packetsIn: sum(received, 'packetsReceived'),
    packetsLost: sum(received, 'packetsLost'),
    pictures: sum(seen, 'framesDecoded') + sum(shown, 'framesEncoded'),
    dropped: sum(seen, 'framesDropped'),
    samples: sum(heard, 'totalSamplesReceived'),
    invented: sum(heard, 'concealedSamples') - sum(heard, 'silentConcealedSamples'),
    waited: sum(heard, 'jitterBufferDelay'),
    emitted: sum(heard, 'jitterBufferEmittedCount'),
  };
  const since = (name: keyof typeof counters) => Math.max(0, counters[name] - (before[name] ?? 0));
  const rate = (name: keyof typeof counters) => since(name) / Math.max(seconds, 0.001);

  const lost = since('packetsLost');
  const reports = entries.filter(({ type }) => type === 'remote-inbound-rtp');
  const stats: LegStats = {
    received: Math.round(rate('bytesIn') * 8),
    sent: Math.round(rate('bytesOut') * 8),
    estimate: whole(number(pair, 'availableOutgoingBitrate')),
    target: whole(shown.length > 0 ? sum(shown, 'targetBitrate') : null),
    roundTripMs: milliseconds(number(pair, 'currentRoundTripTime')),
    loss: received.length > 0 ? share(lost, lost + since('packetsIn')) : largest(reports, 'fractionLost'),
    fps: rate('pictures'),
    size: sizeOf(seen.concat(shown)),
    dropped: since('dropped'),
    concealed: share(since('invented'), since('samples')),
    playoutMs: since('emitted') > 0 ? (since('waited') / since('emitted')) * 1000 : null,
    keyFrames: sum(seen, 'pliCount') + sum(shown, 'keyFramesEncoded'),
    relayed: relayed(entries, pair),
    malformed: 0,
  };
  return { stats, counters, pictures: sum(seen, 'framesDecoded') };
}

function selectedPair(entries: readonly Entry[]): Entry | undefined {
  const transport = entries.find(({ type }) => type === 'transport');
  const pairs = entries.filter(({ type }) => type === 'candidate-pair');
  const wanted = transport?.['selectedCandidatePairId'];
  // Firefox names no pair in the transport, but marks it.
  return pairs.find(({ id }) => id === wanted) ?? pairs.find((pair) => pair['selected'] === true);
}

function relayed(entries: readonly Entry[], pair: Entry | undefined): boolean | null {
  if (!pair) return null;
  const kind = (end: string) => entries.find(({ id }) => id === pair[end])?.['candidateType'];
  return kind('localCandidateId') === 'relay' || kind('remoteCandidateId') === 'relay';
}

function sizeOf(pictures: readonly Entry[]): [number, number] | null {
  for (const entry of pictures) {
    const [width, height] = [number(entry, 'frameWidth'), number(entry, 'frameHeight')];
    if (width && height) return [width, height];
  }
  return null;
}

function number(entry: Entry | undefined, name: string): number | null {
  const value = entry?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

const sum = (entries: readonly Entry[], name: string) =>
  entries.reduce((total, entry) => total + (number(entry, name) ?? 0), 0);

const largest = (entries: readonly Entry[], name: string) =>
  Math.min(1, Math.max(0, ...entries.map((entry) => number(entry, name) ?? 0)));

const share = (part: number, all: number) => (all > 0 ? Math.min(1, part / all) : 0);

const whole = (value: number | null) => (value === null ? null : Math.round(value));

const milliseconds = (seconds: number | null) => (seconds === null ? null : seconds * 1000);
