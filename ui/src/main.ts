import { mount } from 'svelte';
import App from './App.svelte';
import './design/index.css';
import { keptTheme, showTheme } from './design/theme';
import { DesktopPort } from './port/desktop';
import { language } from './words';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');
document.documentElement.lang = language;
showTheme(keptTheme());
mount(App, { target, props: { port: new DesktopPort() } });
