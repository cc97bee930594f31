/**
 * Takes a picture of every story and lets axe look at each: `npm run shots [-- part-of-a-story-name]`.
 *
 * Pictures go to target/screens/stories/. Fails on an accessibility violation, on a page that scrolls sideways and on
 * anything the page writes to its console as an error. The browser is $CHROMIUM or /usr/bin/chromium.
 */
import { readFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../../target/ui-stories/', import.meta.url));
const shots = fileURLToPath(new URL('../../target/screens/stories/', import.meta.url));
const axe = fileURLToPath(new URL('../node_modules/axe-core/axe.min.js', import.meta.url));

const WIDE = { width: 1280, height: 800 };
/** Stories also looked at in the smallest and in a large window. */
const SIZED =
  /^(sign-in|sign-in-filled|home-recent|home-empty|two|three|nine|twenty-five|alone|long-names|screen|people|failed-devices|shortcuts|people-none|people-home|people-many|people-odd|accounts|sign-in-ways|call-ringing|call-incoming|call-incoming-long|call-active|call-ended-insecure|chat-empty|chat-talk|chat-files)$/;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2' };
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'none'";

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
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function storiesOf(page, address) {
  await page.goto(address);
  return page.$$eval('[data-story]', (links) =>
    links.map(({ dataset }) => ({
      name: dataset.story,
      press: JSON.parse(dataset.press),
      click: JSON.parse(dataset.click),
      type: JSON.parse(dataset.type),
    })),
  );
}

async function look(browser, address, story, theme, size) {
  const page = await browser.newPage({
    viewport: size,
    colorScheme: theme === 'light' ? 'light' : 'dark',
    reducedMotion: 'reduce',
    // The page's own policy stays; only the inspection may add a script.
    bypassCSP: true,
  });
  const found = [];
  page.on('console', (message) => message.type() === 'error' && found.push(message.text()));
  page.on('pageerror', (error) => found.push(String(error)));
  await page.goto(`${address}?story=${story.name}${theme === 'contrast' ? '&theme=contrast' : ''}`);
  await page.evaluate(() => document.fonts.ready);
  if (story.type.length > 0) await page.getByLabel(story.type[0]).fill(story.type[1]);
  for (const name of story.click) {
    const named = { name: new RegExp(`^${name}`) };
    const button = page
      .getByRole('button', named)
      .or(page.getByRole('menuitem', named))
      .or(page.getByText(name, { exact: true }));
    await button.first().click({ timeout: 5000 });
  }
  for (const key of story.press) await page.keyboard.press(key);
  // Layouts settle within a few frames of the page: sizes are observed, menus are placed.
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        let frames = 6;
        const next = () => (frames-- > 0 ? requestAnimationFrame(next) : resolve());
        next();
      }),
  );
  const name = `${story.name}-${theme}-${size.width}x${size.height}`;
  await page.screenshot({ path: join(shots, `${name}.png`) });
  await page.addScriptTag({ path: axe });
  const violations = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes.map(({ target, any }) => `${target.join(' ')} ${any[0]?.message ?? ''}`).join(' | ')}`,
    );
  });
  found.push(...violations);
  const sideways = await page.evaluate(() =>
    [...document.querySelectorAll('main, .body')]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
      .map(({ tagName, className }) => `${tagName}.${className}`),
  );
  if (sideways.length > 0) found.push(`scrolls sideways: ${sideways.join(', ')}`);
  const { shown, told } = await page.evaluate(() => ({
    shown: document.querySelector('[role="dialog"], [role="alertdialog"]')
      ? 0
      : document.querySelectorAll('[data-stream]').length,
    told: globalThis.port.tiles.tiles.length,
  }));
  if (shown !== told) found.push(`${shown} tiles are shown, ${told} were reported`);
  await page.close();
  return found.map((text) => `${name}: ${text}`);
}

mkdirSync(shots, { recursive: true });
const server = await serve();
const address = `http://127.0.0.1:${server.address().port}/stories.html`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
const failures = [];
let count = 0;
try {
  const index = await browser.newPage();
  const stories = await storiesOf(index, address);
  const wanted = process.argv[2] ?? '';
  for (const story of stories.filter(({ name }) => name.includes(wanted))) {
    const runs = [
      ['light', WIDE],
      ['dark', WIDE],
    ];
    if (SIZED.test(story.name)) {
      runs.push(
        ['dark', { width: 480, height: 360 }],
        ['light', { width: 760, height: 600 }],
        ['light', { width: 1920, height: 1080 }],
        ['contrast', WIDE],
      );
    }
    for (const [theme, size] of runs) {
      failures.push(...(await look(browser, address, story, theme, size)));
      count += 1;
    }
  }
} finally {
  await browser.close();
  server.close();
}
for (const failure of failures) console.error(failure);
console.log(`${count} pictures in ${shots}, ${failures.length} problems`);
process.exitCode = failures.length > 0 ? 1 : 0;
