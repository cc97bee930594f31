/**
 * Takes pictures of stories for people to look at: `npm run shots [-- part-of-a-story-name [language]]`.
 *
 * Every story in light and dark; those in which much has to find its place also in the smallest and in a large window and in
 * high contrast. Pictures go to target/screens/stories/. Nothing is judged here: `npm run looks` does that.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserPath, openStories, settle, show, withStories } from './browser.mjs';

const shots = fileURLToPath(new URL('../../target/screens/stories/', import.meta.url));
const WIDE = { width: 1280, height: 800 };
const SIZED =
  /^(sign-in|home-recent|two|nine|twenty-five|grid-nine|grid-twenty-five|long-names|screen|people-home|people-odd|call-incoming-meeting|chat-files|room-people-odd|room-knocks|room-chat|room-leave|invite|share-picker|check|arrival|create-room|room-removed|shortcuts)$/;
const SIZES = [
  ['dark', { width: 480, height: 360 }],
  ['light', { width: 900, height: 700 }],
  ['light', { width: 1920, height: 1080 }],
  ['contrast', WIDE],
];

const [wanted = '', language = 'en'] = process.argv.slice(2);
if (browserPath() === null) throw new Error('there is no Chromium; set CHROMIUM to its path');
mkdirSync(shots, { recursive: true });
await withStories(async (address, browser) => {
  const { page, stories, complaints } = await openStories(browser, address, { viewport: WIDE });
  let count = 0;
  for (const story of stories.filter(({ name }) => name.includes(wanted))) {
    const runs = [['light', WIDE], ['dark', WIDE], ...(SIZED.test(story.name) ? SIZES : [])];
    for (const [theme, size] of runs) {
      await page.setViewportSize(size);
      await show(page, story, language, theme);
      await settle(page);
      const tongue = language === 'en' ? '' : `-${language}`;
      await page.screenshot({ path: join(shots, `${story.name}-${theme}-${size.width}x${size.height}${tongue}.png`) });
      count += 1;
    }
  }
  for (const complaint of complaints) console.error(complaint);
  console.log(`${count} pictures in ${shots}`);
});
