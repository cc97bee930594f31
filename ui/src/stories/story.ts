import type { View } from '../contract';

/** One state of the interface worth looking at. */
export interface Story {
  views: View[];
  /** Keys to press, and beginnings of the names of buttons to click, once it stands. */
  press?: string[];
  click?: string[];
  /** A label and what is typed into its field, before anything is pressed. */
  type?: [label: string, text: string];
  /** A label and what is typed into its field, after everything was clicked. */
  then?: [label: string, text: string];
  /** Files hover over the window. */
  over?: boolean;
}
