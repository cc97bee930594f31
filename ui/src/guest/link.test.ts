import { describe, expect, it } from 'vitest';
import { appLink, readLink } from './link';

describe('a room link', () => {
  const check = (address: string, room: string, code: string, server: string) =>
    expect(readLink(address)).toEqual({ room, code, server });

  it('names room, invitation and server', () => {
    check('https://acme.example/j/4711', '4711', '', 'https://acme.example');
    check('https://acme.example/j/4711#i=c0de', '4711', 'c0de', 'https://acme.example');
    check('http://127.0.0.1:8080/j/board%20room/', 'board room', '', 'http://127.0.0.1:8080');
  });

  it('may lie below a path', () => check('https://acme.example/talk/j/4711', '4711', '', 'https://acme.example/talk'));

  it('that names no room leads nowhere', () => {
    check('https://acme.example/', '', '', 'https://acme.example');
    check('https://acme.example/j/%ff', '', '', 'https://acme.example');
  });

  it('is handed to the app whole', () => {
    const link = { room: '4711', code: 'c&d', server: 'https://acme.example' };
    expect(appLink(link)).toBe('confab://join?server=https%3A%2F%2Facme.example&room=4711&i=c%26d');
    expect(appLink({ ...link, code: '' })).toBe('confab://join?server=https%3A%2F%2Facme.example&room=4711');
  });
});
