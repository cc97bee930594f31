/**
 * Shows pictures as `<video>` elements. The page marks where a picture belongs by `data-stream`, as it does for the surface
 * of the desktop; here the picture is put into that element, so that it moves, is cut and is covered with it.
 */
export class Pictures {
  /** Called when a stream shows its first picture, and again after it was shown anew. */
  onfirst: (stream: number) => void = () => undefined;

  readonly #videos = new Map<number, HTMLVideoElement>();
  readonly #changes: MutationObserver;
  /** Whether the small window is wanted. */
  #popped = false;
  readonly #watchers = new Set<(on: boolean) => void>();
  readonly #popChanged = (): void => {
    const on = document.pictureInPictureElement !== null;
    // Closed by the user: it does not open again by itself.
    if (!on) this.#popped = false;
    for (const watcher of this.#watchers) watcher(on);
  };

  /** @param root where the page puts its tiles. */
  constructor(private readonly root: HTMLElement) {
    this.#changes = new MutationObserver(() => this.place());
    const attributes = ['data-stream', 'data-mirrored', 'data-cover'];
    this.#changes.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: attributes });
  }

  /** Shows this on a stream's tile. */
  show(stream: number, track: MediaStreamTrack): void {
    this.clear(stream);
    const video = document.createElement('video');
    video.className = 'picture-of-stream';
    video.autoplay = video.muted = video.playsInline = true;
    video.tabIndex = -1;
    video.setAttribute('aria-hidden', 'true');
    video.srcObject = new MediaStream([track]);
    video.addEventListener('loadeddata', () => {
      if (this.#videos.get(stream) === video) this.onfirst(stream);
    });
    // At the element itself: one that has left the document is heard nowhere else.
    for (const event of ['enterpictureinpicture', 'leavepictureinpicture']) {
      video.addEventListener(event, this.#popChanged);
    }
    this.#videos.set(stream, video);
    this.place();
    // It does not play by itself before it is in the document; and the first picture must not wait for a tile.
    void video.play().catch(() => undefined);
  }

  /** Shows nothing there any more. */
  clear(stream: number): void {
    const video = this.#videos.get(stream);
    if (!video) return;
    this.#videos.delete(stream);
    video.remove();
    video.srcObject = null;
  }

  /** Puts every picture where the page wants it now. */
  place(): void {
    for (const [stream, video] of this.#videos) {
      const tile = this.root.querySelector<HTMLElement>(`[data-stream="${stream}"]`);
      if (!tile) {
        video.remove();
        continue;
      }
      if (video.parentElement !== tile) {
        tile.append(video);
        // Moving an element in the document pauses it.
        void video.play().catch(() => undefined);
      }
      video.toggleAttribute('data-mirrored', tile.dataset['mirrored'] !== undefined);
      video.toggleAttribute('data-cover', tile.dataset['cover'] !== undefined);
    }
    if (this.#popped) this.#followLarge();
  }

  /** Whether the browser has a small window above all others. */
  get canPopOut(): boolean {
    return document.pictureInPictureEnabled === true;
  }

  /** Shows the large picture in the small window, or closes that; to be called while a click is handled. */
  popOut(on: boolean): void {
    this.#popped = on;
    if (on) this.#followLarge();
    else if (document.pictureInPictureElement) void document.exitPictureInPicture().catch(() => undefined);
  }

  /** Tells whether the small window is open, whoever has closed it; returns how to stop. */
  watchPopOut(listener: (on: boolean) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** The small window shows whoever is large. */
  #followLarge(): void {
    const large = this.root.querySelector<HTMLVideoElement>('[data-large="true"] video');
    if (!large || large === document.pictureInPictureElement) return;
    if (large.readyState >= HTMLMediaElement.HAVE_METADATA) void large.requestPictureInPicture().catch(() => undefined);
  }

  /** Width and height of a picture, pixels; `null` before there is one. */
  size(stream: number): [number, number] | null {
    const video = this.#videos.get(stream);
    return video && video.videoWidth > 0 ? [video.videoWidth, video.videoHeight] : null;
  }

  close(): void {
    this.#changes.disconnect();
    for (const stream of [...this.#videos.keys()]) this.clear(stream);
  }
}
