import type { CaptureFault, DeviceFault } from './wire';

/** Opens and closes one kind of device, and hears how it went. */
export interface Hands<R, D> {
  /** Rejects with a {@link Refused}. */
  open(request: R): Promise<D>;
  close(device: D): void;
  opened(device: D, request: R): void;
  closed(): void;
  failed(fault: DeviceFault): void;
  lost(fault: CaptureFault): void;
}

/** A device that could not be opened. */
export class Refused extends Error {
  constructor(readonly fault: DeviceFault) {
    super(`device could not be opened: ${fault.type}`);
  }
}

type State<R, D> =
  | { is: 'closed' }
  | { is: 'opening' }
  | { is: 'open'; request: R; device: D }
  | { is: 'failed'; request: R; attempt: number; denied: boolean };

/** One device: wanted, opening, open, failed. A device that failed waits for the user or for something to be plugged in. */
export class Keeper<R, D> {
  #wanted: R | null = null;
  #attempt = 0;
  #state: State<R, D> = { is: 'closed' };

  constructor(private readonly hands: Hands<R, D>) {}

  /** Wants this device from now on; `null`: none. Equal requests need no reopening. */
  want(request: R | null, attempt: number): void {
    this.#wanted = request;
    this.#attempt = attempt;
    this.#step();
  }

  /** Something was plugged in or out. Permission is not a plug: who said no is not asked again. */
  plugged(): void {
    if (this.#state.is === 'failed' && !this.#state.denied) this.#state = { is: 'closed' };
    this.#step();
  }

  /** An open device has stopped by itself. */
  lost(device: D, fault: CaptureFault): void {
    const state = this.#state;
    if (state.is !== 'open' || state.device !== device) return;
    this.hands.close(device);
    this.#state = { is: 'failed', request: state.request, attempt: this.#attempt, denied: false };
    this.hands.lost(fault);
  }

  #step(): void {
    const wanted = this.#wanted;
    const state = this.#state;
    if (state.is === 'opening') return;
    if (state.is === 'open') {
      if (same(wanted, state.request)) return;
      this.hands.close(state.device);
      this.hands.closed();
    }
    if (state.is === 'failed') {
      if (same(wanted, state.request) && state.attempt === this.#attempt) return;
      if (wanted === null) this.hands.closed();
    }
    this.#state = { is: 'closed' };
    if (wanted !== null) void this.#open(wanted, this.#attempt);
  }

  async #open(request: R, attempt: number): Promise<void> {
    this.#state = { is: 'opening' };
    try {
      const device = await this.hands.open(request);
      this.#state = { is: 'open', request, device };
      // A wish that changed meanwhile is followed without a word about what is closed at once.
      if (same(this.#wanted, request)) return this.hands.opened(device, request);
      this.hands.close(device);
      this.#state = { is: 'closed' };
    } catch (error) {
      const fault = faultOf(error);
      this.#state = { is: 'failed', request, attempt, denied: fault.type === 'denied' };
      if (same(this.#wanted, request)) this.hands.failed(fault);
    }
    this.#step();
  }
}

function faultOf(error: unknown): DeviceFault {
  return error instanceof Refused ? error.fault : { type: 'driver', value: String(error) };
}

function same<R>(a: R | null, b: R | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
