import type { Intent, SurfaceEndpoint, View } from '../contract';
import type { FilePlan, MediaFact, MediaPlan } from '../contract/media';
import { Door } from '../guest/door';
import type { Ticket } from '../guest/entry';
import { Chosen } from '../guest/files/chosen';
import { Mover, saveAs, theseHands } from '../guest/files/mover';
import { Engine, type Browser } from '../guest/media/engine';
import type { Pictures } from '../guest/media/pictures';
import { NOTHING, type DeviceFault, type Plan } from '../guest/media/wire';
import { Socket, type Wire } from '../guest/socket';
import type { PictureInPicture, Port } from './port';

/** What the page hears beside the views. */
export interface GuestNews {
  /** A device cannot be used, or can again; only at the door. */
  ontrouble(kind: 'camera' | 'microphone', fault: DeviceFault | null): void;
  /** Whether the connection is being restored. */
  onrestoring(restoring: boolean): void;
  /** It is over, and why. */
  ongone(reason: string, text: string): void;
}

/**
 * The guest page's way to the world: the user agent runs in the backend, the media here. Before the guest has joined there
 * is no user agent, and the device check answers for itself.
 */
export class GuestPort implements Port {
  readonly pictureInPicture: PictureInPicture | null;
  /** Pages know no folders: where a file was saved, the browser shows. */
  readonly canReveal = false;
  readonly #views = new Map<View['type'], View>();
  readonly #listeners = new Set<(view: View) => void>();
  readonly #engine: Engine;
  readonly #chosen = new Chosen((path) => this.#socket?.say({ offer: path }));
  readonly #mover = new Mover(
    (fact) => this.#socket?.say({ fileFact: fact }),
    theseHands((path) => this.#chosen.get(path)),
  );
  #door: Door | null = null;
  #socket: Socket | null = null;
  /** Whether the guest has agreed to an open microphone. No plan opens it before. */
  #agreed = false;
  /** The newest plan of the user agent; the devices of the door stay open until it wants any. */
  #plan: MediaPlan | null = null;

  constructor(
    private readonly room: string,
    private readonly pictures: Pictures,
    private readonly news: GuestNews,
    browser: Browser,
    private readonly connect?: (url: string) => Wire,
  ) {
    this.pictureInPicture = pictures.canPopOut
      ? { show: (on) => pictures.popOut(on), watch: (listener) => pictures.watchPopOut(listener) }
      : null;
    this.#engine = new Engine(browser, pictures, (fact) => this.#learn(fact));
    this.#engine.onscreenend = () => this.dispatch({ type: 'stopSharing' });
    this.#engine.start();
    this.knock();
  }

  /** Stands at the door: for the first time, or again after a meeting. */
  knock(): void {
    this.#socket = null;
    this.#plan = null;
    this.#views.clear();
    this.#door = new Door({
      view: (view) => this.#show(view),
      plan: (plan) => this.#engine.setPlan(plan),
      trouble: (kind, fault) => this.news.ontrouble(kind, fault),
    });
    this.#door.begin();
    void this.#engine.relook();
  }

  /** Goes in: what was set at the door holds inside. */
  enter(ticket: Ticket): void {
    const door = this.#door;
    if (!door) return;
    this.#agreed = door.agreed;
    const heard = {
      onwelcome: () => {
        for (const intent of door.intents()) this.#socket?.say({ intent });
        this.#socket?.say({ intent: { type: 'join', room: this.room } });
      },
      onview: (view: View) => this.#show(view),
      onplan: (plan: MediaPlan) => this.#follow(plan),
      onfiles: (plan: FilePlan) => this.#mover.setPlan(plan.store),
      onrestoring: (restoring: boolean) => this.news.onrestoring(restoring),
      ongone: (reason: string, text: string) => this.#gone(reason, text),
    };
    this.#socket = new Socket(ticket, heard, this.connect);
  }

  dispatch(intent: Intent): void {
    if (!this.#socket) {
      this.#door?.intend(intent);
    } else if (intent.type === 'shareScreen') {
      void this.#share();
    } else {
      if (opensMicrophone(intent)) this.#agree();
      // Nobody is there to hear it, and whoever leaves does not wait for that.
      if (intent.type === 'leave' && !this.#socket.open) return this.#leave(this.#socket);
      this.#socket.say({ intent });
    }
  }

  subscribe(listener: (view: View) => void): () => void {
    this.#listeners.add(listener);
    for (const view of this.#views.values()) listener(view);
    return () => this.#listeners.delete(listener);
  }

  surface(): Promise<SurfaceEndpoint> {
    // Pictures are elements of the page itself: there is nothing to paint.
    return Promise.resolve({ type: 'native' });
  }

  setTiles(): void {
    this.pictures.place();
  }

  openLink(url: string): void {
    window.open(url, '_blank', 'noopener,noreferrer');
  }

  pickFiles(): void {
    if (this.#socket) this.#chosen.pick();
  }

  offerPasted(name: string, content: Blob): void {
    if (this.#socket) this.#chosen.offer([new File([content], name, { type: content.type })]);
  }

  revealFile(): void {
    // Never asked for: `canReveal`.
  }

  onFilesOver(listener: (over: boolean) => void): () => void {
    return this.#chosen.watch(listener);
  }

  saveText(name: string, text: string): void {
    saveAs(name, new Blob([text], { type: 'text/plain;charset=utf-8' }));
  }

  /** Leaves without waiting: the page is closed. */
  close(): void {
    this.#socket?.leave();
    this.#engine.close();
  }

  /** The user has touched the page. */
  touched(): void {
    this.#engine.touched();
  }

  #learn(fact: MediaFact): void {
    if (this.#socket) this.#socket.say({ fact });
    else this.#door?.learn(fact);
  }

  #follow(plan: MediaPlan): void {
    if (this.#door) {
      const wants = plan.microphone !== null || plan.camera !== null || Object.keys(plan.legs).length > 0;
      if (!wants) return;
      this.#door.end();
      this.#door = null;
      // The user agent was not there when these became true.
      this.#engine.retell();
    }
    this.#plan = plan;
    this.#engine.setPlan(this.#agreedPart(plan));
  }

  /** Browsers choose what is shared, and only while a click is handled: the wish is made when the choice is. */
  async #share(): Promise<void> {
    const socket = this.#socket;
    const chosen = await this.#engine.chooseScreen();
    if (!chosen) return;
    // The meeting may have ended while the guest chose.
    if (socket === null || socket !== this.#socket) this.#engine.forgetScreen();
    else socket.say({ intent: { type: 'shareScreen', source: null } });
  }

  #agree(): void {
    this.#agreed = true;
    if (this.#plan) this.#engine.setPlan(this.#agreedPart(this.#plan));
  }

  #leave(socket: Socket): void {
    socket.leave();
    this.#gone('left', '');
  }

  #agreedPart(plan: MediaPlan): Plan {
    return this.#agreed ? plan : { ...plan, microphone: null };
  }

  #gone(reason: string, text: string): void {
    this.#socket = null;
    this.#door?.end();
    this.#door = null;
    this.#plan = null;
    this.#engine.setPlan(NOTHING);
    this.#mover.setPlan({ access: null, own: {}, wanted: {} });
    this.#chosen.forget();
    this.news.ongone(reason, text);
  }

  #show(view: View): void {
    this.#views.set(view.type, view);
    for (const listener of this.#listeners) listener(view);
  }
}

/** Whether the guest wishes to be heard by this. */
const opensMicrophone = (intent: Intent): boolean =>
  (intent.type === 'setMicrophone' && intent.on) || (intent.type === 'pushToTalk' && intent.down);
