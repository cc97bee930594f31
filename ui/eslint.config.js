import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** A screen may import parts and a part design, never the other way round. */
const floors = (files, above) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: above.map((group) => ({ group: [group] })) }] },
});

export default ts.config(
  { ignores: ['dist/', 'dist-guest/', 'node_modules/', 'src/contract/', 'src/surface/'] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/button-has-type': 'error',
      // Views are values that are replaced whole, maps among them.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  floors(['src/parts/**'], ['**/screens/**', '**/port/**', '**/surface/**']),
  floors(['src/port/**', 'src/words/**', 'src/design/**'], ['**/screens/**', '**/parts/**']),
  // The guest page carries nothing of the desktop.
  floors(['src/guest/**'], ['@tauri-apps/*', '**/port/desktop*', '**/port/scripted*', '**/stories/**']),
  floors(['src/screens/**'], ['@tauri-apps/*', '**/port/desktop*', '**/port/scripted*', '**/stories/**']),
);
