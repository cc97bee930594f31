import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SurfaceEndpoint } from '../contract';
import { FakeSocket, frame } from './fakes';
import { FrameSource, type Picture } from './source';

let sockets: FakeSocket[];
let asked: number;

function source(endpoint?: SurfaceEndpoint): FrameSource {
  const answer = (): Promise<SurfaceEndpoint> => {
    asked += 1;
    return Promise.resolve(endpoint ?? { type: 'page', url: 'ws://127.0.0.1:1/', token: `token ${asked}` });
  };
  return new FrameSource(answer, () => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  });
}

async function connected(): Promise<{ frames: FrameSource; socket: FakeSocket }> {
  const frames = source();
  frames.start();
  await vi.advanceTimersByTimeAsync(0);
  const socket = last();
  socket.opens();
  return { frames, socket };
}

function last(): FakeSocket {
  const socket = sockets.at(-1);
  if (!socket) throw new Error('nothing was connected');
  return socket;
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  asked = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

test('the token is the first thing said', async () => {
  const { socket } = await connected();
  expect(socket.binaryType).toBe('arraybuffer');
  expect(socket.sent).toEqual(['token 1']);
});

test('the newest picture of each stream is drawn and every one that arrived is acknowledged', async () => {
  const { frames, socket } = await connected();
  socket.receives(frame(2, 0, 2, 2));
  socket.receives(frame(2, 1, 2, 2));
  socket.receives(frame(0x0103, 0, 1, 1));
  const drawn: Picture[] = [];
  frames.drain((picture) => {
    expect(socket.sent).toHaveLength(1);
    drawn.push(picture);
  });
  expect(drawn.map(({ header }) => [header.stream, header.seq])).toEqual([
    [2, 1],
    [0x0103, 0],
  ]);
  expect(drawn[0]?.pixels).toHaveLength(16);
  expect(socket.sent[1]).toEqual([2, 0, 2, 0, 3, 1]);
  frames.drain(() => expect.unreachable('nothing new'));
  expect(socket.sent).toHaveLength(2);
});

test('pixels of an unknown kind are acknowledged and not drawn', async () => {
  const { frames, socket } = await connected();
  const message = frame(2, 0, 2, 2);
  new DataView(message).setUint8(2, 7);
  socket.receives(message);
  frames.drain(() => expect.unreachable('not to be drawn'));
  expect(socket.sent[1]).toEqual([2, 0]);
});

test('a broken connection is opened again with a new token and without old acknowledgements', async () => {
  const { frames, socket } = await connected();
  socket.receives(frame(2, 0, 2, 2));
  socket.breaks(1006);
  await vi.advanceTimersByTimeAsync(250);
  expect(sockets).toHaveLength(2);
  last().opens();
  frames.drain(() => expect.unreachable('the picture went with its connection'));
  expect(last().sent).toEqual(['token 2']);
});

test('pauses grow while nobody answers', async () => {
  await connected();
  for (const pause of [250, 500, 1000, 2000, 4000, 5000, 5000]) {
    const before = sockets.length;
    last().breaks(1006);
    await vi.advanceTimersByTimeAsync(pause - 1);
    expect(sockets).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(sockets).toHaveLength(before + 1);
  }
});

test('a replaced connection does not come back, nor does a stopped one', async () => {
  const { socket } = await connected();
  socket.breaks(4001);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sockets).toHaveLength(1);

  const { frames, socket: other } = await connected();
  frames.stop();
  expect(other.closed).toBe(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sockets).toHaveLength(2);
});

test('nothing is connected when the native side shows pictures itself', async () => {
  source({ type: 'native' }).start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBe(1);
  expect(sockets).toHaveLength(0);
});
