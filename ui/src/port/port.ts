import type { Intent, SurfaceEndpoint, TileLayout, View } from '../contract';

/**
 * All the interface knows of the world behind it: wishes go down, views come up.
 *
 * Implementations: `desktop.ts` (Tauri), `scripted.ts` (stories and tests). None of them holds a rule of a meeting.
 */
export interface Port {
  /** Says what the user wants. What is refused comes back as a problem in the views, never as an exception. */
  dispatch(intent: Intent): void;
  /** Gives every current view at once and then each change; returns how to stop. */
  subscribe(listener: (view: View) => void): () => void;
  /** How the page gets pictures; each call makes a fresh token. */
  surface(): Promise<SurfaceEndpoint>;
  /** Where the page has put its tiles, replaced whole. */
  setTiles(layout: TileLayout): void;
}
