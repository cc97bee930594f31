/** Pictures in the page: where the tiles are, what arrives for them, and painting it. Free of any framework. */
export { decodeHeader, FrameFormat, HEADER_LEN, type FrameHeader } from './header';
export { Painter } from './painter';
export { FrameSource, type Picture, type Socket } from './source';
export { TileTracker } from './tracker';
