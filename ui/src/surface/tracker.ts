import type { PageRect, PageTile, TileLayout } from '../contract';

/**
 * Tells where the page has its tiles.
 *
 * A tile is an element with `data-stream="NUMBER"`, also `data-mirrored` and `data-cover` where wanted; its corner radius
 * is taken from its style. An element with `data-hole` stays visible above pictures. A tile that is not wholly inside its
 * nearest `data-clip` (a scrolling strip) is left out: a native picture cannot be cut by the page.
 *
 * It notices resizing and scrolling; after changes that only move tiles the page calls {@link refresh}. Reports are
 * made at most once per frame of the page and only when they differ.
 */
export class TileTracker {
  private readonly sizes: ResizeObserver;
  private observed = new Set<Element>();
  private scheduled = 0;
  private last = '';
  private suspended = false;

  private readonly moved = (): void => this.refresh();

  constructor(
    private readonly root: HTMLElement,
    private readonly report: (layout: TileLayout) => void,
  ) {
    this.sizes = new ResizeObserver(this.moved);
    this.sizes.observe(root);
    addEventListener('resize', this.moved);
    // Scrolling does not bubble, but it can be captured from anywhere below.
    document.addEventListener('scroll', this.moved, { capture: true, passive: true });
    this.refresh();
  }

  /** Looks again before the next frame of the page. */
  refresh(): void {
    this.scheduled ||= requestAnimationFrame(() => {
      this.scheduled = 0;
      this.look();
    });
  }

  /** Hides all pictures while something covers the whole page, or shows them again. */
  suspend(suspended: boolean): void {
    this.suspended = suspended;
    this.refresh();
  }

  /** Stops looking and reports that nothing is shown. */
  stop(): void {
    cancelAnimationFrame(this.scheduled);
    this.sizes.disconnect();
    removeEventListener('resize', this.moved);
    document.removeEventListener('scroll', this.moved, { capture: true });
    this.tell({ tiles: [], holes: [], scale: devicePixelRatio });
  }

  private look(): void {
    const elements = [...this.root.querySelectorAll<HTMLElement>('[data-stream]')];
    this.observe(elements);
    const tiles = new Map<number, PageTile>();
    for (const element of this.suspended ? [] : elements) {
      const tile = measure(element);
      if (tile && !tiles.has(tile.stream)) tiles.set(tile.stream, tile);
    }
    // Menus and cards are often put at the end of the document, outside the root.
    const holes = [...document.querySelectorAll<HTMLElement>('[data-hole]')].filter(visible).map(rectOf);
    this.tell({ tiles: [...tiles.values()], holes: unique(holes), scale: devicePixelRatio });
  }

  private observe(elements: readonly Element[]): void {
    const now = new Set(elements);
    for (const element of this.observed) if (!now.has(element)) this.sizes.unobserve(element);
    for (const element of now) if (!this.observed.has(element)) this.sizes.observe(element);
    this.observed = now;
  }

  private tell(layout: TileLayout): void {
    const text = JSON.stringify(layout);
    if (text === this.last) return;
    this.last = text;
    this.report(layout);
  }
}

function measure(element: HTMLElement): PageTile | undefined {
  const stream = Number(element.dataset['stream']);
  if (!Number.isInteger(stream) || stream < 0 || stream > 0xffff || !visible(element)) return undefined;
  const rect = rectOf(element);
  const clip = element.closest('[data-clip]');
  if (clip && !inside(rect, rectOf(clip))) return undefined;
  return {
    stream,
    rect,
    mirrored: element.dataset['mirrored'] !== undefined,
    radius: Number.parseFloat(getComputedStyle(element).borderTopLeftRadius) || 0,
    cover: element.dataset['cover'] !== undefined,
  };
}

function visible(element: HTMLElement): boolean {
  const { width, height } = element.getBoundingClientRect();
  return width >= 1 && height >= 1 && getComputedStyle(element).visibility !== 'hidden';
}

function rectOf(element: Element): PageRect {
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x, y, width, height };
}

/** Within a pixel: layout is fractional. */
function inside(rect: PageRect, clip: PageRect): boolean {
  return (
    rect.x >= clip.x - 1 &&
    rect.y >= clip.y - 1 &&
    rect.x + rect.width <= clip.x + clip.width + 1 &&
    rect.y + rect.height <= clip.y + clip.height + 1
  );
}

function unique(rects: readonly PageRect[]): PageRect[] {
  return [...new Map(rects.map((rect) => [JSON.stringify(rect), rect])).values()];
}
