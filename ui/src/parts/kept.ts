import { recall, remember } from '../memory';

/** Switches that concern this page alone and are on until the user says otherwise. */
export type Kept = 'single-keys' | 'look-first';

/** Whether it is on. */
export const kept = (what: Kept): boolean => recall(`confab.${what}`) !== 'off';

/** Keeps it for the next start. */
export const keep = (what: Kept, on: boolean): void => remember(`confab.${what}`, on ? 'on' : 'off');
