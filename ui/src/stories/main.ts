import { mount } from 'svelte';
import App from '../App.svelte';
import '../design/index.css';
import { showTheme, THEMES } from '../design/theme';
import { ScriptedPort } from '../port/scripted';
import Index from './Index.svelte';
import './pictures.css';
import { stories } from './stories';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');
const query = new URLSearchParams(location.search);
showTheme(THEMES.find((theme) => theme === query.get('theme')) ?? 'system');

const story = stories[query.get('story') ?? ''];
if (story) {
  const port = new ScriptedPort(story.views);
  mount(App, { target, props: { port } });
  if (story.over) setTimeout(() => port.hover(true));
  // For the console, and for the script that takes pictures: it compares what the page shows with what it reports.
  Object.assign(window, { port });
} else {
  mount(Index, { target, props: { stories } });
}
