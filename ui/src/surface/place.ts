import type { PageRect } from '../contract';

/** A rectangle in whole device pixels of the canvas. */
export interface DeviceRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The device pixels of a rectangle of the page. Edges are rounded, not sizes, so that neighbours neither overlap nor
 * leave a gap. The native side rounds in the same way.
 */
export function deviceRect(rect: PageRect, scale: number): DeviceRect {
  const x = Math.round(rect.x * scale);
  const y = Math.round(rect.y * scale);
  return {
    x,
    y,
    width: Math.round((rect.x + rect.width) * scale) - x,
    height: Math.round((rect.y + rect.height) * scale) - y,
  };
}

/** Where a picture is put, and which part of it, so that it lies in the middle of a tile and not beyond its edges. */
export interface Placement {
  /** Where the picture's own top left corner would be. */
  readonly x: number;
  readonly y: number;
  /** The part of the picture that is drawn. */
  readonly part: DeviceRect;
}

/** Places a picture in a tile. Their sizes differ only while a tile is being resized. */
export function centre(width: number, height: number, tile: DeviceRect): Placement {
  const left = Math.floor((tile.width - width) / 2);
  const top = Math.floor((tile.height - height) / 2);
  const part = {
    x: Math.max(0, -left),
    y: Math.max(0, -top),
    width: Math.min(width, tile.width),
    height: Math.min(height, tile.height),
  };
  return { x: tile.x + left, y: tile.y + top, part };
}
