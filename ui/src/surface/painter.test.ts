// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TileLayout } from '../contract';
import { FakeSocket, frame } from './fakes';
import { Painter } from './painter';
import { FrameSource } from './source';

let calls: (readonly [string, ...number[]])[];
let frames: (() => void)[];

/** Runs what was planned for the next frame of the page. */
function nextFrame(): void {
  const due = frames;
  frames = [];
  due.forEach((run) => run());
}

function layout(...tiles: [number, number, number, number, number][]): TileLayout {
  const rects = tiles.map(([stream, x, y, width, height]) => ({ stream, rect: { x, y, width, height } }));
  return { tiles: rects.map((tile) => ({ ...tile, mirrored: false, radius: 0, cover: false })), holes: [], scale: 2 };
}

async function painter(): Promise<{ painter: Painter; socket: FakeSocket }> {
  const socket = new FakeSocket();
  const endpoint = { type: 'page', url: 'ws://127.0.0.1:1/', token: 'token' } as const;
  const context = {
    clearRect: (...at: number[]) => calls.push(['clear', ...at]),
    putImageData: (_: ImageData, ...at: number[]) => calls.push(['put', ...at]),
  };
  const canvas = { width: 0, height: 0, getContext: () => context } as unknown as HTMLCanvasElement;
  const made = new Painter(canvas, new FrameSource(() => Promise.resolve(endpoint), () => socket));
  made.start();
  await Promise.resolve();
  await Promise.resolve();
  return { painter: made, socket };
}

beforeEach(() => {
  calls = [];
  frames = [];
  vi.stubGlobal('devicePixelRatio', 2);
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
  vi.stubGlobal('cancelAnimationFrame', () => (frames = []));
  vi.stubGlobal(
    'ImageData',
    class {
      constructor(
        readonly data: Uint8ClampedArray,
        readonly width: number,
        readonly height: number,
      ) {}
    },
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test('pictures are put at their tile once per frame of the page, then acknowledged', async () => {
  const { painter: made, socket } = await painter();
  made.place(layout([2, 10, 20, 4, 3]));
  nextFrame();
  socket.receives(frame(2, 0, 8, 6));
  socket.receives(frame(2, 1, 8, 6));
  expect(frames).toHaveLength(1);
  expect(socket.sent).toEqual([]);
  nextFrame();
  expect(calls.filter(([what]) => what === 'put')).toEqual([['put', 20, 40, 0, 0, 8, 6]]);
  expect(socket.sent).toEqual([[2, 0, 2, 0]]);
});

test('a tile that moves takes its last picture along', async () => {
  const { painter: made, socket } = await painter();
  made.place(layout([2, 0, 0, 4, 3]));
  socket.receives(frame(2, 0, 8, 6));
  nextFrame();
  calls = [];
  made.place(layout([2, 50, 60, 4, 3]));
  nextFrame();
  expect(calls.map(([what]) => what)).toEqual(['clear', 'put']);
  expect(calls[1]).toEqual(['put', 100, 120, 0, 0, 8, 6]);
});

test('an empty frame clears its tile, and a stream without a tile is only acknowledged', async () => {
  const { painter: made, socket } = await painter();
  made.place(layout([2, 0, 0, 4, 3]));
  socket.receives(frame(2, 0, 8, 6));
  nextFrame();
  calls = [];
  socket.receives(frame(2, 1, 0, 0));
  socket.receives(frame(9, 0, 2, 2));
  nextFrame();
  expect(calls).toEqual([['clear', 0, 0, 8, 6]]);
  expect(socket.sent.at(-1)).toEqual([2, 0, 9, 0]);
});
