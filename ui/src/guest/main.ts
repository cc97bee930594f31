import { mount } from 'svelte';
import '../design/index.css';
import { keptTheme, showTheme } from '../design/theme';
import { keptLanguage, showLanguage } from '../words/choice';
import './guest.css';
import Guest from './Guest.svelte';
import { readLink } from './link';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');
await showLanguage(keptLanguage());
showTheme(keptTheme());
mount(Guest, { target, props: { link: readLink(location.href) } });
