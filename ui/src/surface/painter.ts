import type { TileLayout } from '../contract';
import { centre, deviceRect, type DeviceRect } from './place';
import type { FrameSource, Picture } from './source';

interface Tile {
  readonly rect: DeviceRect;
  /** The last picture, for tiles that move. */
  image: ImageData | undefined;
}

/**
 * Paints pictures onto one canvas that covers the viewport. Pictures come scaled, mirrored and with rounded corners, so
 * that it only copies. It paints at most once per frame of the page, and nothing while the page is hidden.
 */
export class Painter {
  private tiles = new Map<number, Tile>();
  private readonly context: CanvasRenderingContext2D | null;
  private scheduled = 0;
  /** The whole canvas must be painted: its size or the layout has changed. */
  private stale = false;

  /**
   * @param canvas fixed over the viewport, `pointer-events: none`, above tiles and below everything that floats.
   * @param source gives the pictures; the painter starts and stops it.
   */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly source: FrameSource,
  ) {
    this.context = canvas.getContext('2d', { alpha: true });
  }

  /** Begins to paint. */
  start(): void {
    this.source.onpicture = () => this.schedule();
    this.source.start();
  }

  /** Ends, and leaves an empty canvas. */
  stop(): void {
    this.source.stop();
    this.source.onpicture = () => undefined;
    cancelAnimationFrame(this.scheduled);
    this.scheduled = 0;
    this.tiles.clear();
    this.context?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Follows a layout, the same that the native side gets. */
  place(layout: TileLayout): void {
    const before = this.tiles;
    this.tiles = new Map(
      layout.tiles.map((tile) => [
        tile.stream,
        { rect: deviceRect(tile.rect, layout.scale), image: before.get(tile.stream)?.image },
      ]),
    );
    this.stale = true;
    this.schedule();
  }

  private schedule(): void {
    this.scheduled ||= requestAnimationFrame(() => {
      this.scheduled = 0;
      this.paint();
    });
  }

  private paint(): void {
    if (this.stale) this.repaint();
    this.source.drain((picture) => this.show(picture));
  }

  private repaint(): void {
    this.stale = false;
    const width = Math.round(innerWidth * devicePixelRatio);
    const height = Math.round(innerHeight * devicePixelRatio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    } else {
      this.context?.clearRect(0, 0, width, height);
    }
    for (const tile of this.tiles.values()) {
      if (tile.image) this.put(tile.image, tile.rect);
    }
  }

  private show({ header, pixels }: Picture): void {
    const tile = this.tiles.get(header.stream);
    if (!tile) return;
    const { x, y, width, height } = tile.rect;
    const before = tile.image;
    tile.image = header.len > 0 ? new ImageData(pixels, header.width, header.height) : undefined;
    const covered = tile.image?.width === before?.width && tile.image?.height === before?.height;
    if (!covered) this.context?.clearRect(x, y, width, height);
    if (tile.image) this.put(tile.image, tile.rect);
  }

  private put(image: ImageData, tile: DeviceRect): void {
    const { x, y, part } = centre(image.width, image.height, tile);
    this.context?.putImageData(image, x, y, part.x, part.y, part.width, part.height);
  }
}
