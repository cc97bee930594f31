import { describe, expect, it } from 'vitest';
import { askIn, socketAddress } from './entry';

const LINK = { room: '4711', code: 'c0de', server: 'https://acme.example' };
const ANN = { name: 'Ann', mail: 'ann@example.org' };

const answering = (status: number, body: string, asked: [string, string][] = []): typeof fetch =>
  ((url: string, init: RequestInit) => {
    asked.push([url, String(init.body)]);
    return Promise.resolve(new Response(body, { status }));
  }) as typeof fetch;

describe('asking to be let in', () => {
  it('says who comes and what invited them, and gets a ticket', async () => {
    const asked: [string, string][] = [];
    const ticket = await askIn(LINK, ANN, answering(200, '{"token":"t","ws":"/guest/ws"}', asked));
    expect(ticket).toEqual({ token: 't', ws: 'wss://acme.example/guest/ws' });
    expect(asked.map(([url, body]) => [url, JSON.parse(body) as unknown])).toEqual([
      ['https://acme.example/api/join', { room: '4711', code: 'c0de', name: 'Ann', mail: 'ann@example.org' }],
    ]);
  });

  it('is told why not', async () => {
    expect(await askIn(LINK, ANN, answering(403, '{"error":"guests-not-allowed"}'))).toBe('noGuests');
    expect(await askIn(LINK, ANN, answering(429, '{"error":"too-many","retryAfter":3}'))).toBe('tooMany');
  });

  it('survives answers that mean nothing', async () => {
    for (const body of ['', 'null', '[]', '{"error":"constructor"}', '{"error":7}', '{"token":1,"ws":2}']) {
      expect(await askIn(LINK, ANN, answering(200, body))).toBe('failed');
    }
    for (const ws of ['http://', 'ws://a.example:x/', 'javascript:0']) {
      expect(await askIn(LINK, ANN, answering(200, JSON.stringify({ token: 't', ws })))).toBe('failed');
    }
    expect(await askIn(LINK, ANN, () => Promise.reject(new TypeError('offline')))).toBe('unreachable');
  });

  it('finds the socket wherever the page lies', () => {
    expect(socketAddress('ws://a.example/guest/ws', 'https://acme.example')).toBe('ws://a.example/guest/ws');
    expect(socketAddress('guest/ws', 'http://a.example:8080/talk')).toBe('ws://a.example:8080/talk/guest/ws');
  });
});
