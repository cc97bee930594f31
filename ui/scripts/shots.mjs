/**
 * Takes pictures of stories for people to look at: `npm run shots [-- part-of-a-story-name] [options]`.
 *
 *     --to=folder                 where they go; otherwise target/screens/stories/
 *     --themes=light,dark         light, dark, contrast, system
 *     --sizes=1280x800,480x360    windows, in pixels of the page
 *     --language=de               en, fr, de, pt, pseudo
 *     --sheet=4                   also sheets of that many columns, to look at many at once
 *
 * Without themes and sizes: light and dark, and for stories in which much has to find its place also the smallest and a large
 * window and high contrast. Nothing is judged here: `npm run looks` does that.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { browserPath, openStories, settle, show, withStories } from './browser.mjs';

const WIDE = '1280x800';
const SIZED =
  /^(sign-in|home-recent|two|nine|twenty-five|grid-nine|grid-twenty-five|long-names|screen|people-home|people-odd|call-incoming-meeting|chat-files|room-people-odd|room-knocks|room-chat|room-leave|invite|share-picker|check|arrival|create-room|room-removed|shortcuts)$/;
const USUAL = [
  ['light', WIDE],
  ['dark', WIDE],
];
const MORE = [
  ['dark', '480x360'],
  ['light', '900x700'],
  ['light', '1920x1080'],
  ['contrast', WIDE],
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    to: { type: 'string', default: fileURLToPath(new URL('../../target/screens/stories/', import.meta.url)) },
    themes: { type: 'string' },
    sizes: { type: 'string' },
    language: { type: 'string', default: 'en' },
    sheet: { type: 'string' },
  },
});
const [wanted = ''] = positionals;
const list = (text, usual) => (text ?? usual).split(',');
const asked =
  values.themes || values.sizes
    ? list(values.themes, 'light,dark').flatMap((theme) => list(values.sizes, WIDE).map((size) => [theme, size]))
    : null;

if (browserPath() === null) throw new Error('there is no Chromium; set CHROMIUM to its path');
const folder = resolve(values.to);
mkdirSync(folder, { recursive: true });
await withStories(async (address, browser) => {
  const { page, stories, complaints } = await openStories(browser, address, {});
  const taken = new Map();
  for (const story of stories.filter(({ name }) => name.includes(wanted))) {
    for (const [theme, size] of asked ?? [...USUAL, ...(SIZED.test(story.name) ? MORE : [])]) {
      const [width, height] = size.split('x').map(Number);
      // What a story clicks on may be behind a menu in a small window.
      await page.setViewportSize({ width: 1280, height: 800 });
      await show(page, story, values.language, theme);
      await page.setViewportSize({ width, height });
      await settle(page);
      const kind = `${theme}-${size}${values.language === 'en' ? '' : `-${values.language}`}`;
      const path = join(folder, `${story.name}-${kind}.png`);
      await page.screenshot({ path });
      taken.set(kind, [...(taken.get(kind) ?? []), { name: story.name, path }]);
    }
  }
  if (values.sheet) for (const [kind, pictures] of taken) await sheets(browser, kind, pictures, Number(values.sheet));
  for (const complaint of complaints) console.error(complaint);
  console.log(`${[...taken.values()].flat().length} pictures in ${folder}`);
});

/** Sheets of `columns` × 3 pictures with their names, 480 pixels wide each. */
async function sheets(browser, kind, pictures, columns) {
  const page = await browser.newPage({ viewport: { width: columns * 492 + 12, height: 400 } });
  for (let first = 0; first < pictures.length; first += columns * 3) {
    const figures = pictures
      .slice(first, first + columns * 3)
      .map(
        ({ name, path }) => `<figure><img src="data:image/png;base64,${readFileSync(path, 'base64')}">${name}</figure>`,
      );
    await page.setContent(
      `<style>body{margin:12px;display:grid;grid-template-columns:repeat(${columns},480px);gap:12px;font:14px sans-serif;background:#888}
       figure{margin:0}img{display:block;width:480px}</style>${figures.join('')}`,
    );
    await page.screenshot({ path: join(folder, `sheet-${kind}-${first / (columns * 3) + 1}.png`), fullPage: true });
  }
  await page.close();
}
