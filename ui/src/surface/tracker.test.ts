// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TileLayout } from '../contract';
import { TileTracker } from './tracker';

let frames: FrameRequestCallback[];
let reports: TileLayout[];
let tracker: TileTracker | undefined;

function nextFrame(now = 0): void {
  const due = frames;
  frames = [];
  due.forEach((run) => run(now));
}

/** An element with a place, which the test environment does not compute. */
function element(attributes: Record<string, string>, rect: [number, number, number, number], parent = document.body) {
  const made = document.createElement('div');
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  const [x, y, width, height] = rect;
  made.getBoundingClientRect = () => new DOMRect(x, y, width, height);
  parent.append(made);
  return made;
}

function start(): TileTracker {
  tracker = new TileTracker(document.body, (layout) => reports.push(layout));
  nextFrame();
  return tracker;
}

beforeEach(() => {
  frames = [];
  reports = [];
  document.body.replaceChildren();
  vi.stubGlobal('devicePixelRatio', 1.5);
  vi.stubGlobal('requestAnimationFrame', (run: FrameRequestCallback) => frames.push(run));
  vi.stubGlobal('cancelAnimationFrame', () => (frames = []));
});

afterEach(() => {
  tracker?.stop();
  vi.unstubAllGlobals();
});

test('tiles and holes are reported with what they want', () => {
  element({ 'data-stream': '2', 'data-cover': '', style: 'border-radius: 12px' }, [10, 20, 320, 180]);
  element({ 'data-stream': '0', 'data-mirrored': '' }, [400, 20, 160, 90]);
  element({ 'data-hole': '' }, [300, 100, 80, 200]);
  start();
  expect(reports).toEqual([
    {
      tiles: [
        { stream: 2, rect: { x: 10, y: 20, width: 320, height: 180 }, mirrored: false, radius: 12, cover: true },
        { stream: 0, rect: { x: 400, y: 20, width: 160, height: 90 }, mirrored: true, radius: 0, cover: false },
      ],
      holes: [{ x: 300, y: 100, width: 80, height: 200 }],
      scale: 1.5,
    },
  ]);
});

test('an unchanged page is not reported again, however often it is asked', () => {
  element({ 'data-stream': '2' }, [10, 20, 320, 180]);
  const made = start();
  made.refresh();
  made.refresh();
  expect(frames).toHaveLength(1);
  nextFrame();
  expect(reports).toHaveLength(1);
});

test('empty, doubled, senseless and half scrolled-out tiles are left out', () => {
  const strip = element({ 'data-clip': '' }, [0, 0, 1000, 100]);
  element({ 'data-stream': '2' }, [0, 0, 160, 90], strip);
  element({ 'data-stream': '3' }, [0, 50, 160, 90], strip);
  element({ 'data-stream': '2' }, [500, 500, 160, 90]);
  element({ 'data-stream': '4' }, [0, 0, 0, 0]);
  element({ 'data-stream': 'me' }, [0, 0, 160, 90]);
  start();
  expect(reports[0]?.tiles.map((tile) => [tile.stream, tile.rect.x])).toEqual([[2, 0]]);
});

test('a suspended page shows no pictures, and a stopped tracker says so once', () => {
  element({ 'data-stream': '2' }, [10, 20, 320, 180]);
  const made = start();
  made.suspend(true);
  nextFrame();
  made.suspend(false);
  nextFrame();
  made.stop();
  made.stop();
  expect(reports.map((layout) => layout.tiles.length)).toEqual([1, 0, 1, 0]);
});
