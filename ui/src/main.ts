import { mount } from 'svelte';
import App from './App.svelte';
import './design/index.css';
import { keptTheme, showTheme } from './design/theme';
import { DesktopPort } from './port/desktop';
import { language, t } from './words';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');
document.documentElement.lang = language;
showTheme(keptTheme());
const port = new DesktopPort();
// What the system shows for us is in the language of the page.
port.setWords(language, {
  'incoming.title': t('incoming.title'),
  'incoming.from': t('incoming.from'),
  'incoming.for': t('incoming.for'),
  'incoming.accept': t('incoming.accept'),
  'incoming.accept.video': t('incoming.accept.video'),
  'incoming.decline': t('incoming.decline'),
  'ended.missed': t('ended.missed'),
  'chat.attach': t('chat.attach'),
  'signIn.browser.done': t('signIn.browser.done'),
  'signIn.browser.close': t('signIn.browser.close'),
  'signIn.browser.refused': t('signIn.browser.refused'),
});
mount(App, { target, props: { port } });
