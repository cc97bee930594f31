import { mount, unmount, type Component } from 'svelte';
import App from '../App.svelte';
import '../design/index.css';
import { showTheme, THEMES } from '../design/theme';
import { ScriptedPort } from '../port/scripted';
import { speak } from '../words';
import { CHOICES, showLanguage } from '../words/choice';
import { pseudo } from '../words/pseudo';
import { guestStories, PAGES } from './guests';
import Index from './Index.svelte';
import './pictures.css';
import { stories } from './stories';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');
let shown: Record<string, unknown> | null = null;

/** `pseudo` is a language that only stories speak. */
async function tongue(language: string): Promise<void> {
  await showLanguage(CHOICES.find((choice) => choice === language) ?? 'en');
  if (language === 'pseudo') speak('en', pseudo);
}

function theme(name: string): void {
  showTheme(THEMES.find((each) => each === name) ?? 'system');
}

/** Takes down what stands and shows a story; one that is not there shows the list. */
async function show(name: string, language: string, wanted: string): Promise<void> {
  if (shown) await unmount(shown);
  await tongue(language);
  theme(wanted);
  if (!target) return;
  const story = stories[name];
  const guest = guestStories[name];
  if (!story) {
    Object.assign(window, { port: undefined });
    shown = guest
      ? mount(PAGES[guest.page] as Component<object>, { target, props: guest.props })
      : mount(Index, { target, props: { names: list().map(({ name }) => name) } });
    return;
  }
  const port = new ScriptedPort(story.views);
  shown = mount(App, { target, props: { port } });
  if (story.over) setTimeout(() => port.hover(true));
  // For the console, and for the scripts: they compare what the page shows with what it reports.
  Object.assign(window, { port });
}

const list = () => [
  ...Object.entries(stories).map(([name, { press, click, type, then }]) => ({ name, press, click, type, then })),
  ...Object.keys(guestStories).map((name) => ({ name })),
];
Object.assign(window, { stories: { show, list, theme } });
// Stories are told in English unless asked otherwise, whatever the browser prefers.
const query = new URLSearchParams(location.search);
void show(query.get('story') ?? '', query.get('language') ?? 'en', query.get('theme') ?? 'system');
