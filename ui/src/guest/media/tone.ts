/** A soft chime of two notes, every two seconds: enough to hear whether a speaker plays. */
export class Tone {
  readonly #gain: GainNode;
  readonly #out: MediaStreamAudioDestinationNode;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly context: AudioContext) {
    this.#out = context.createMediaStreamDestination();
    this.#gain = new GainNode(context, { gain: 0.16 });
    this.#gain.connect(this.#out);
    void context.resume();
    this.#chime();
    this.#timer = setInterval(() => this.#chime(), 2_000);
  }

  /** What is to be played. */
  get track(): MediaStreamTrack | null {
    return this.#out.stream.getAudioTracks()[0] ?? null;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#gain.disconnect();
  }

  #chime(): void {
    const begin = this.context.currentTime + 0.05;
    // C5 and G5, the second while the first fades.
    [523.25, 783.99].forEach((frequency, at) => this.#note(frequency, begin + at * 0.22));
  }

  #note(frequency: number, begin: number): void {
    const note = new OscillatorNode(this.context, { frequency });
    const shape = new GainNode(this.context, { gain: 0 });
    shape.gain.setValueAtTime(0, begin);
    shape.gain.linearRampToValueAtTime(1, begin + 0.02);
    shape.gain.exponentialRampToValueAtTime(0.001, begin + 0.8);
    note.connect(shape).connect(this.#gain);
    note.start(begin);
    note.stop(begin + 0.85);
  }
}
