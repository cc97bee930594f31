import { describe, expect, it } from 'vitest';
import { dbfs } from './levels';
import { readStats } from './stats';

const report = (...entries: Record<string, unknown>[]) =>
  entries.map((entry, at): [string, unknown] => [String(at), { id: String(at), ...entry }]);

describe('statistics', () => {
  it('of a received leg are rates over the last reading', () => {
    const at = (bytesReceived: number, framesDecoded: number, packetsLost: number, packetsReceived: number) =>
      report(
        {
          type: 'inbound-rtp',
          kind: 'video',
          bytesReceived,
          framesDecoded,
          packetsLost,
          packetsReceived,
          frameWidth: 640,
          frameHeight: 360,
          pliCount: 2,
        },
        { type: 'transport', selectedCandidatePairId: '2' },
        { type: 'candidate-pair', currentRoundTripTime: 0.025, localCandidateId: '3', remoteCandidateId: '4' },
        { type: 'local-candidate', candidateType: 'host' },
        { type: 'remote-candidate', candidateType: 'relay' },
      );
    const before = readStats(at(0, 0, 0, 0), {}, 1);
    const { stats, pictures } = readStats(at(125_000, 60, 1, 99), before.counters, 2);
    expect(stats).toMatchObject({
      received: 500_000,
      fps: 30,
      loss: 0.01,
      size: [640, 360],
      roundTripMs: 25,
      relayed: true,
      keyFrames: 2,
      sent: 0,
    });
    expect(pictures).toBe(60);
  });

  it('of a published leg take the loss that the far side reports', () => {
    const entries = report(
      {
        type: 'outbound-rtp',
        kind: 'video',
        bytesSent: 250_000,
        framesEncoded: 30,
        targetBitrate: 1_200_000.4,
        keyFramesEncoded: 3,
      },
      { type: 'outbound-rtp', kind: 'audio', bytesSent: 4_000 },
      { type: 'remote-inbound-rtp', fractionLost: 0.05 },
      { type: 'candidate-pair', selected: true, availableOutgoingBitrate: 2_000_000 },
    );
    const { stats } = readStats(entries, {}, 1);
    expect(stats).toMatchObject({
      sent: 2_032_000,
      estimate: 2_000_000,
      target: 1_200_000,
      loss: 0.05,
      fps: 30,
      keyFrames: 3,
      relayed: false,
    });
  });

  it('of heard sound tell what was invented and how long it waits', () => {
    const entries = report({
      type: 'inbound-rtp',
      kind: 'audio',
      totalSamplesReceived: 48_000,
      concealedSamples: 960,
      silentConcealedSamples: 480,
      jitterBufferDelay: 2_400,
      jitterBufferEmittedCount: 48_000,
    });
    const { stats } = readStats(entries, {}, 1);
    expect([stats.concealed, stats.playoutMs]).toEqual([0.01, 50]);
  });

  it('of an empty report are nothing, never nonsense', () => {
    const { stats } = readStats([], {}, 0);
    expect(stats).toMatchObject({
      received: 0,
      loss: 0,
      fps: 0,
      estimate: null,
      target: null,
      roundTripMs: null,
      relayed: null,
    });
  });
});

describe('levels', () => {
  it('are whole decibels below full scale', () => {
    expect([1, 0.1, 0, -1, Number.NaN, 2].map(dbfs)).toEqual([0, -20, -127, -127, -127, 0]);
  });
});
