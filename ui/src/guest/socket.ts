import type { Intent, View } from '../contract';
import type { FileFact, FilePlan, MediaFact, MediaPlan } from '../contract/media';
import type { Ticket } from './entry';

/** What comes down. */
export type Down =
  | { welcome: { resume: string } }
  | { view: View }
  | { plan: MediaPlan }
  | { files: FilePlan }
  | { alive: object }
  | { gone: { reason: string; text: string } };

/** What goes up. */
export type Up =
  { intent: Intent } | { fact: MediaFact } | { fileFact: FileFact } | { offer: string } | { leave: true };

/** What the socket tells. */
export interface Heard {
  /** The first welcome: the user agent is there. */
  onwelcome(): void;
  onview(view: View): void;
  onplan(plan: MediaPlan): void;
  onfiles(plan: FilePlan): void;
  /** Whether the connection is being restored. */
  onrestoring(restoring: boolean): void;
  /** It is over; `lost`: the connection did not come back in time. */
  ongone(reason: string, text: string): void;
}

/** The part of a WebSocket that is used. */
export type Wire = Pick<WebSocket, 'send' | 'close' | 'onopen' | 'onmessage' | 'onclose'>;

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;
/** How long the backend may be silent, milliseconds; it says something every 5 s. */
const SILENCE = 15_000;
/** How long the backend keeps our place, milliseconds. */
const KEPT = 60_000;
/** Most things that are said later, when the connection is back; the backend takes 400 at once. */
const LATER = 256;

/**
 * The connection to our user agent in the backend. It comes back by itself when it breaks, and says then what could not be
 * said before; measurements that are old by then are left out.
 */
export class Socket {
  #wire: Wire | null = null;
  #open = false;
  #resume: string | null = null;
  #later: string[] = [];
  #pause = FIRST_PAUSE;
  #brokenAt: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  /** @param connect makes a socket; replaced in tests. */
  constructor(
    private readonly ticket: Ticket,
    private readonly heard: Heard,
    private readonly connect: (url: string) => Wire = (url) => new WebSocket(url),
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#begin();
  }

  /** Whether what is said is heard at once. */
  get open(): boolean {
    return this.#open;
  }

  say(message: Up): void {
    if (this.#ended) return;
    const text = JSON.stringify(message);
    if (this.#open) this.#wire?.send(text);
    else if (!isMeasurement(message) && this.#later.length < LATER) this.#later.push(text);
  }

  /** Says goodbye and ends. */
  leave(): void {
    this.say({ leave: true });
    this.#end();
  }

  #begin(): void {
    const wire = this.connect(this.ticket.ws);
    this.#wire = wire;
    wire.onopen = () => wire.send(JSON.stringify({ token: this.#resume ?? this.ticket.token }));
    wire.onmessage = ({ data }: MessageEvent<unknown>) => {
      this.#wait();
      if (typeof data === 'string') this.#hear(JSON.parse(data) as Down);
    };
    wire.onclose = () => this.#broken();
    this.#wait();
  }

  /** A connection that has died without a word, as in a computer that slept, is given up after a while. */
  #wait(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      const wire = this.#wire;
      if (!wire) return;
      wire.onclose = wire.onmessage = null;
      wire.close();
      this.#broken();
    }, SILENCE);
  }

  #hear(message: Down): void {
    if ('welcome' in message) this.#welcome(message.welcome.resume);
    else if ('view' in message) this.heard.onview(message.view);
    else if ('plan' in message) this.heard.onplan(message.plan);
    else if ('files' in message) this.heard.onfiles(message.files);
    else if ('gone' in message) {
      this.#end();
      this.heard.ongone(message.gone.reason, message.gone.text);
    }
  }

  #welcome(resume: string): void {
    const first = this.#resume === null;
    this.#resume = resume;
    this.#open = true;
    this.#pause = FIRST_PAUSE;
    if (first) this.heard.onwelcome();
    else this.heard.onrestoring(false);
    this.#brokenAt = null;
    for (const text of this.#later.splice(0)) this.#wire?.send(text);
  }

  #broken(): void {
    if (this.#ended) return;
    this.#open = false;
    this.#wire = null;
    clearTimeout(this.#patience);
    // The ticket opens one socket only; before the first welcome there is no way back.
    if (this.#resume === null) return this.#lost();
    if (this.#brokenAt === null) this.heard.onrestoring(true);
    this.#brokenAt ??= this.now();
    if (this.now() - this.#brokenAt > KEPT) return this.#lost();
    this.#timer = setTimeout(() => this.#begin(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  #lost(): void {
    this.#end();
    this.heard.ongone('lost', '');
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#patience);
    this.#wire?.close();
    this.#wire = null;
  }
}

function isMeasurement(message: Up): boolean {
  return 'fact' in message && ['level', 'ownLevel', 'stats'].includes(message.fact.type);
}
