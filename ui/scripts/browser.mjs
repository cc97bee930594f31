/** What both scripts that look at stories need: a server for the built story page, a browser, and hands. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';

const ui = fileURLToPath(new URL('../', import.meta.url));
const root = fileURLToPath(new URL('../../target/ui-stories/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2' };
/** The policy of the shipped page. */
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' blob: data:; object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'none'";

/** The browser's program: $CHROMIUM, or Debian's; `null` when there is none. */
export function browserPath() {
  const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}

/** Builds the story page and serves it on a port of its own; runs `work` with its address and a browser. */
export async function withStories(work) {
  await build({ root: ui, configFile: join(ui, 'vite.config.ts'), mode: 'stories', logLevel: 'error' });
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: browserPath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  try {
    return await work(`http://127.0.0.1:${server.address().port}/stories.html`, browser);
  } finally {
    await browser.close();
    server.close();
  }
}

function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://x').pathname).replace(/^[/.]+/, '');
    try {
      const body = await readFile(join(root, path));
      response.writeHead(200, {
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        'content-security-policy': CSP,
      });
      response.end(body);
    } catch {
      // A browser asks for an icon of its own accord; a story needs none.
      response.writeHead(path === 'favicon.ico' ? 204 : 404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** A page with the list of stories, and what it complains about. */
export async function openStories(browser, address, options) {
  const page = await browser.newPage({ reducedMotion: 'reduce', bypassCSP: true, ...options });
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(address);
  await page.evaluate(() => document.fonts.ready);
  const stories = await page.evaluate(() => globalThis.stories.list());
  return { page, complaints, stories };
}

/** Shows a story and does what it says. */
export async function show(page, story, language, theme) {
  // What lies under the pointer by chance must not look hovered.
  await page.mouse.move(0, 0);
  await page.evaluate((how) => globalThis.stories.show(...how), [story.name, language, theme]);
  if (story.type) await page.getByLabel(said(story.type[0])).first().fill(story.type[1]);
  for (const key of story.press ?? []) await page.keyboard.press(key);
  for (const name of story.click ?? []) {
    const named = { name: said(name) };
    const button = page
      .getByRole('button', named)
      .or(page.getByRole('menuitem', named))
      .or(page.getByText(said(name)));
    await button.first().click({ timeout: 5000 });
  }
  if (story.then) await page.getByLabel(said(story.then[0])).first().fill(story.then[1]);
  await settle(page);
}

/** Layouts settle within a few frames of the page: sizes are observed, menus are placed. */
export const settle = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        let frames = 6;
        const next = () => (frames-- > 0 ? requestAnimationFrame(next) : resolve());
        next();
      }),
  );

/** English as it stands in a story, also where the pseudo-language has put accents. */
function said(text) {
  const accents = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', A: 'Á', E: 'É', I: 'Í', O: 'Ó', U: 'Ú' };
  return new RegExp(`^${text.replace(/[aeiou]/gi, (vowel) => `[${vowel}${accents[vowel]}]`)}`);
}
