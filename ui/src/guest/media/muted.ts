/** Speech is at least so loud, dBFS, and so much above the noise of the room, dB. */
const LOUD = -45;
const ABOVE = 12;
/** Readings, ten a second: so many of the last `WINDOW` have to be speech, and so many quiet ones end it. */
const WINDOW = 5;
const ENOUGH = 3;
const QUIET = 40;
/** The noise of the room follows downwards at once and upwards so slowly, dB for each reading. */
const RISE = 0.3;

/** Whether somebody speaks while muted: by level alone, as the desktop app does it. */
export class MutedSpeech {
  #floor: number | null = null;
  #recent: boolean[] = [];
  #quiet = 0;
  #speaks = false;

  /** Takes the level of a muted microphone; tells when somebody begins to speak, or has ended. */
  hear(level: number): boolean | null {
    const floor = this.#floor ?? level;
    const speech = level >= LOUD && level >= floor + ABOVE;
    this.#floor = Math.min(level, floor + RISE);
    this.#recent = [...this.#recent, speech].slice(-WINDOW);
    this.#quiet = speech ? 0 : this.#quiet + 1;
    return this.#become(this.#speaks ? this.#quiet < QUIET : this.#recent.filter(Boolean).length >= ENOUGH);
  }

  /** The gate is open, or nobody wants to know. */
  reset(): boolean | null {
    [this.#floor, this.#recent, this.#quiet] = [null, [], 0];
    return this.#become(false);
  }

  #become(speaks: boolean): boolean | null {
    if (speaks === this.#speaks) return null;
    this.#speaks = speaks;
    return speaks;
  }
}
