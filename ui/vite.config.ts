import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

/** `vite build` makes the shipped page; `vite build --mode stories` makes the story page beside it, never inside it. */
export default defineConfig(({ mode }) => {
  const stories = mode === 'stories';
  return {
    plugins: [svelte(), svelteTesting()],
    base: './',
    clearScreen: false,
    server: { host: '127.0.0.1', port: 5173, strictPort: true },
    build: {
      outDir: stories ? '../target/ui-stories' : 'dist',
      emptyOutDir: true,
      // The tokens rely on light-dark(), which must reach the page untouched.
      target: ['chrome123', 'safari17.5'],
      cssTarget: ['chrome123', 'safari17.5'],
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: { input: stories ? 'stories.html' : 'index.html' },
    },
    test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
  };
});
