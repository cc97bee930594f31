/** Levels in dBFS, as whole numbers from −127 (silence) to 0. */

/** The quietest level. */
export const SILENCE = -127;

/** The level of a linear amplitude, 0 … 1. */
export function dbfs(amplitude: number): number {
  if (!(amplitude > 0)) return SILENCE;
  return Math.max(SILENCE, Math.min(0, Math.round(20 * Math.log10(amplitude))));
}

/** Something whose level can be read. */
export interface Meter {
  level(): number;
  stop(): void;
}

/** Measures what a track carries: the root mean square of the newest 43 ms. */
export class TrackMeter implements Meter {
  readonly #source: MediaStreamAudioSourceNode;
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(context: AudioContext, track: MediaStreamTrack) {
    this.#source = context.createMediaStreamSource(new MediaStream([track]));
    this.#analyser = new AnalyserNode(context, { fftSize: 2048 });
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#source.connect(this.#analyser);
    // It sleeps until the user has touched the page; whoever opens a microphone has.
    void context.resume();
  }

  level(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((total, sample) => total + sample * sample, 0);
    return dbfs(Math.sqrt(power / this.#samples.length));
  }

  stop(): void {
    this.#source.disconnect();
  }
}

/** The level of what a receiver plays, as the packets say or as it was decoded. */
export function receivedLevel(receiver: Pick<RTCRtpReceiver, 'getSynchronizationSources'>): number {
  const levels = receiver.getSynchronizationSources().map(({ audioLevel }) => audioLevel ?? 0);
  return dbfs(Math.max(0, ...levels));
}
