import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Socket, type Down, type Heard, type Wire } from './socket';

class FakeWire implements Wire {
  onopen: Wire['onopen'] = null;
  onmessage: Wire['onmessage'] = null;
  onclose: Wire['onclose'] = null;
  readonly sent: unknown[] = [];
  closed = false;

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    this.sent.push(JSON.parse(String(data)));
  }

  close(): void {
    this.closed = true;
  }

  opens(): void {
    this.onopen?.call(this as unknown as WebSocket, new Event('open'));
  }

  hears(message: Down): void {
    this.onmessage?.call(this as unknown as WebSocket, new MessageEvent('message', { data: JSON.stringify(message) }));
  }

  breaks(): void {
    this.onclose?.call(this as unknown as WebSocket, new CloseEvent('close'));
  }
}

let wires: FakeWire[];
let told: string[];
let clock: number;
let socket: Socket;
const wire = () => wires.at(-1) as FakeWire;

beforeEach(() => {
  vi.useFakeTimers();
  [wires, told, clock] = [[], [], 0];
  const heard: Heard = {
    onwelcome: () => told.push('welcome'),
    onview: (view) => told.push(`view ${view.type}`),
    onplan: () => told.push('plan'),
    onfiles: () => told.push('files'),
    onrestoring: (restoring) => told.push(`restoring ${restoring}`),
    ongone: (reason) => told.push(`gone ${reason}`),
  };
  const connect = () => {
    wires.push(new FakeWire());
    return wire();
  };
  socket = new Socket({ token: 'ticket', ws: 'ws://x/' }, heard, connect, () => clock);
});

afterEach(() => vi.useRealTimers());

/** Time passes. */
function later(ms: number): void {
  clock += ms;
  vi.advanceTimersByTime(ms);
}

describe('the connection to the user agent', () => {
  it('shows the ticket first and is heard after the welcome', () => {
    socket.say({ intent: { type: 'leave' } });
    wire().opens();
    expect(wire().sent).toEqual([{ token: 'ticket' }]);
    wire().hears({ welcome: { resume: 'again' } });
    expect(wire().sent[1]).toEqual({ intent: { type: 'leave' } });
    expect(told).toEqual(['welcome']);
  });

  it('comes back with the newest token, and says then what could not be said', () => {
    wire().opens();
    wire().hears({ welcome: { resume: 'again' } });
    wire().breaks();
    socket.say({ fact: { type: 'level', value: [1, -20] } });
    socket.say({ fact: { type: 'legUp', value: { leg: 1, generation: 1 } } });
    later(250);
    expect(wires).toHaveLength(2);
    wire().opens();
    wire().hears({ welcome: { resume: 'third' } });
    expect(wire().sent).toEqual([{ token: 'again' }, { fact: { type: 'legUp', value: { leg: 1, generation: 1 } } }]);
    expect(told).toEqual(['welcome', 'restoring true', 'restoring false']);
  });

  it('that is silent is given up and made anew', () => {
    wire().opens();
    wire().hears({ welcome: { resume: 'again' } });
    for (let at = 0; at < 6; at += 1) {
      later(5_000);
      wire().hears({ alive: {} });
    }
    expect(wires).toHaveLength(1);
    later(15_000);
    expect([wires[0]?.closed, told.at(-1)]).toEqual([true, 'restoring true']);
    later(250);
    wire().opens();
    expect(wire().sent).toEqual([{ token: 'again' }]);
    wire().hears({ welcome: { resume: 'third' } });
    expect(told.at(-1)).toBe('restoring false');
  });

  it('gives up when its place is no longer kept', () => {
    wire().opens();
    wire().hears({ welcome: { resume: 'again' } });
    for (let at = 0; at < 40; at += 1) {
      wire().breaks();
      later(5_000);
    }
    expect(told.filter((word) => word.startsWith('restoring'))).toEqual(['restoring true']);
    expect(told.at(-1)).toBe('gone lost');
    expect(told.filter((word) => word.startsWith('gone'))).toHaveLength(1);
  });

  it('that was never made is lost at once: a ticket is good for one', () => {
    wire().breaks();
    later(10_000);
    expect([told, wires.length]).toEqual([['gone lost'], 1]);
  });

  it('ends when the backend says so, and says nothing more', () => {
    wire().opens();
    wire().hears({ welcome: { resume: 'again' } });
    wire().hears({ gone: { reason: 'removed', text: '' } });
    wire().breaks();
    later(10_000);
    socket.say({ intent: { type: 'leave' } });
    expect([told.at(-1), wires.length, wire().sent.length]).toEqual(['gone removed', 1, 1]);
  });

  it('says goodbye when the page is closed', () => {
    wire().opens();
    wire().hears({ welcome: { resume: 'again' } });
    const last = wire();
    socket.leave();
    expect([last.sent.at(-1), last.closed]).toEqual([{ leave: true }, true]);
  });
});
