/**
 * Looks at every story in a real browser: `npm run looks [-- part-of-a-story-name]`; part of `npm test`.
 *
 * axe must find nothing, in light and in dark. In a pseudo-language, half as long again as English, no word may be cut in a
 * small, a middle and a large window, and nothing may scroll sideways. The tiles that are reported must be those that are shown,
 * and nothing may complain on the console. Where there is no Chromium nothing is looked at, and that is said.
 */
import { fileURLToPath } from 'node:url';
import { browserPath, openStories, settle, show, withStories } from './browser.mjs';
import { cutTexts, sideways, untold } from './cut.mjs';

const axe = fileURLToPath(new URL('../node_modules/axe-core/axe.min.js', import.meta.url));
const WIDE = { width: 1280, height: 800 };
const SIZES = [WIDE, { width: 900, height: 700 }, { width: 480, height: 360 }];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Pages that look at the same time. */
const EYES = 2;

/** What axe has against the page; `only` names rules, otherwise all are asked. */
function inspect(page, only) {
  return page.evaluate(
    async ([rules, only]) => {
      const runOnly = only ? { type: 'rule', values: only } : { type: 'tag', values: rules };
      const { violations } = await globalThis.axe.run(document, { runOnly, resultTypes: ['violations'] });
      return violations.map(
        ({ id, help, nodes }) =>
          `${id}: ${help}: ${nodes.map(({ target, any }) => `${target.join(' ')} ${any[0]?.message ?? ''}`).join(' | ')}`,
      );
    },
    [RULES, only],
  );
}

async function look(page, story) {
  const found = [];
  const note = (where, texts) => found.push(...texts.map((text) => `${story.name}, ${where}: ${text}`));
  await page.setViewportSize(WIDE);
  await show(page, story, 'en', 'light');
  note('light', await inspect(page, null));
  note('light', await page.evaluate(untold));
  // Only colours differ between the themes.
  await page.evaluate(() => globalThis.stories.theme('dark'));
  note('dark', await inspect(page, ['color-contrast']));
  await show(page, story, 'pseudo', 'dark');
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await settle(page);
    const where = `${size.width} × ${size.height}`;
    note(where, await page.evaluate(cutTexts));
    note(where, await page.evaluate(sideways));
  }
  return found;
}

const wanted = process.argv[2] ?? '';
if (browserPath() === null) {
  console.log('There is no Chromium, so nobody has looked at the stories. Set CHROMIUM to its path.');
} else {
  const failures = [];
  const count = await withStories(async (address, browser) => {
    const eyes = await Promise.all(
      Array.from({ length: EYES }, () => openStories(browser, address, { viewport: WIDE })),
    );
    const left = eyes[0].stories.filter(({ name }) => name.includes(wanted));
    const all = left.length;
    await Promise.all(
      eyes.map(async ({ page, complaints }) => {
        await page.addScriptTag({ path: axe });
        for (let story = left.shift(); story; story = left.shift()) {
          const trouble = await look(page, story).catch((error) => [`${story.name}: ${error.message}`]);
          failures.push(...trouble, ...complaints.splice(0).map((text) => `${story.name}: ${text}`));
        }
      }),
    );
    return all;
  });
  for (const failure of failures) console.error(failure);
  console.log(`${count} stories, ${failures.length} problems`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
