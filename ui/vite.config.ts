import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

/** Where each page comes from and goes to; none is ever inside another. */
const PAGES: Record<string, { input: string; outDir: string }> = {
  // What the desktop app shows.
  production: { input: 'index.html', outDir: 'dist' },
  // What the backend serves to guests; it carries nothing of the desktop.
  guest: { input: 'guest.html', outDir: 'dist-guest' },
  stories: { input: 'stories.html', outDir: '../target/ui-stories' },
};

/** `vite build` makes the page of the app, `vite build --mode guest` and `--mode stories` the others. */
export default defineConfig(({ mode }) => {
  const { input, outDir } = PAGES[mode] ?? { input: 'index.html', outDir: 'dist' };
  return {
    plugins: [svelte(), svelteTesting()],
    base: './',
    clearScreen: false,
    server: { host: '127.0.0.1', port: 5173, strictPort: true },
    build: {
      outDir,
      emptyOutDir: true,
      // The tokens rely on light-dark(), which must reach the page untouched.
      target: ['chrome123', 'safari17.5'],
      cssTarget: ['chrome123', 'safari17.5'],
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: { input },
    },
    test: { environment: 'happy-dom', include: ['src/**/*.test.ts'], testTimeout: 20_000 },
  };
});
