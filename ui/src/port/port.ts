import type { Intent, SurfaceEndpoint, TileLayout, View } from '../contract';

/**
 * All the interface knows of the world behind it: wishes go down, views come up.
 *
 * Implementations: `desktop.ts` (Tauri), `guest.ts` (the guests' page), `scripted.ts` (stories and tests). None of them
 * holds a rule of a meeting.
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
  /** Opens a link of a conversation in the system's browser; the shell opens http, https and mailto only. */
  openLink(url: string): void;
  /** Lets the user choose files in the system's dialog; they are offered to those in the call. The page never learns paths. */
  pickFiles(): void;
  /** Offers something that was pasted, under a name that says what it is. */
  offerPasted(name: string, content: Blob): void;
  /** Shows a saved file in its folder; `canReveal` is `false` where there are no folders. */
  revealFile(file: string): void;
  readonly canReveal?: boolean;
  /** Tells when files hover over the window and when they no longer do; a drop is taken by the shell. Returns how to stop. */
  onFilesOver(listener: (over: boolean) => void): () => void;
  /** Keeps a text as a file in the user's downloads, under that name or a free one like it. Missing where it cannot. */
  saveText?(name: string, text: string): void;
  /** The small window above all others that shows the large picture. Missing where there is none. */
  readonly pictureInPicture?: PictureInPicture | null;
}

/** A small window with the large picture, above all others. */
export interface PictureInPicture {
  /** Opens or closes it. */
  show(on: boolean): void;
  /** Tells whether it is open, whoever opened or closed it; returns how to stop. */
  watch(listener: (on: boolean) => void): () => void;
}
