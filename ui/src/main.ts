import { mount } from 'svelte';
import App from './App.svelte';
import './design/index.css';
import { keptTheme, showTheme } from './design/theme';
import { DesktopPort } from './port/desktop';
import { keptLanguage, onLanguage, showLanguage } from './words/choice';
import { language, t, type Key } from './words';

/** Words that appear outside the page: notifications, dialogs of the system, the bar of a shared screen, the browser. */
const OUTSIDE: readonly Key[] = [
  'incoming.title',
  'incoming.invites',
  'incoming.from',
  'incoming.for',
  'incoming.accept',
  'incoming.accept.video',
  'incoming.decline',
  'ended.missed',
  'chat.attach',
  'share.bar',
  'share.bar.window',
  'share.stop',
  'pip.title',
  'pip.mute',
  'pip.unmute',
  'pip.leave',
  'signIn.browser.done',
  'signIn.browser.close',
  'signIn.browser.refused',
];

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');
await showLanguage(keptLanguage());
showTheme(keptTheme());
const port = new DesktopPort();

/** What the system shows for us is in the language of the page. */
function tellWords(): void {
  port.setWords(language(), Object.fromEntries(OUTSIDE.map((key) => [key, t(key)])));
}

tellWords();
onLanguage(tellWords);
mount(App, { target, props: { port } });
