/** What the address of the page says: which room, and how one was invited. */
export interface RoomLink {
  /** The room's number or name; empty when the address names none. */
  room: string;
  /** The code of an invitation; empty without one. */
  code: string;
  /** The server, as the app asks for it: `https://acme.example`, with the path that lies before `/j/`. */
  server: string;
}

/** Reads `https://acme.example/j/4711#i=code`. The code stands behind `#`, so that it never reaches a server's log. */
export function readLink(address: string): RoomLink {
  const url = new URL(address);
  const [, before = '', room = ''] = /^(.*)\/j\/([^/]+)\/?$/.exec(url.pathname) ?? [];
  const code = new URLSearchParams(url.hash.slice(1)).get('i') ?? '';
  return { room: decoded(room), code, server: url.origin + before };
}

/** The same for the app: `confab://join?server=…&room=…&i=…`. */
export function appLink({ room, code, server }: RoomLink): string {
  const wanted = new URLSearchParams({ server, room });
  if (code !== '') wanted.set('i', code);
  return `confab://join?${wanted}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
