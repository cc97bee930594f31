import type { PublishVideo } from './wire';

/** The part of a sender that is used. */
export type Sender = Pick<RTCRtpSender, 'replaceTrack' | 'getParameters' | 'setParameters'>;

/** One track on its way out. While its gate is closed nothing is sent: not even silence. */
export class Outlet {
  #source: MediaStreamTrack | null = null;
  #sent: MediaStreamTrack | null = null;
  #limits = '';

  constructor(private readonly sender: Sender) {}

  /** Sends this; `null`: nothing. The level meter and the preview keep the source, so a copy of it goes out. */
  feed(source: MediaStreamTrack | null): void {
    if (source === this.#source) return;
    this.#source = source;
    // At once, whatever the browser takes for the rest.
    if (this.#sent) {
      this.#sent.enabled = false;
      this.#sent.stop();
    }
    this.#sent = source?.clone() ?? null;
    if (this.#sent) this.#sent.contentHint = source?.contentHint ?? '';
    this.sender.replaceTrack(this.#sent).catch(() => undefined);
  }

  /** Keeps the picture below these limits. */
  limit(video: PublishVideo): void {
    const { width = 0, height = 0 } = this.#sent?.getSettings() ?? {};
    const limits = limitsOf(video, width, height);
    const text = JSON.stringify(limits);
    if (!this.#sent || text === this.#limits) return;
    this.#limits = text;
    const parameters = this.sender.getParameters();
    const { degradationPreference, ...encoding } = limits;
    for (const sent of parameters.encodings) Object.assign(sent, encoding);
    Object.assign(parameters, { degradationPreference });
    // A sender that is being closed refuses, and so does one whose parameters were read too early: the next plan tells it again.
    this.sender.setParameters(parameters).catch(() => (this.#limits = ''));
  }

  /** Lets go of what is sent. */
  close(): void {
    this.feed(null);
  }
}

/** The limits in the words of WebRTC; a picture larger than wanted is made smaller before it is encoded. */
export function limitsOf(video: PublishVideo, width: number, height: number) {
  const [maxWidth, maxHeight] = video.maxSize;
  return {
    maxBitrate: video.maxBitrate,
    maxFramerate: video.maxFps,
    scaleResolutionDownBy: Math.max(1, width / maxWidth, height / maxHeight),
    degradationPreference: video.content === 'screen' ? 'maintain-resolution' : 'balanced',
  };
}
