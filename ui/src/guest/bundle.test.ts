// @vitest-environment node
import { build } from 'vite';
import { describe, expect, it } from 'vitest';

/** Every text file of the page as it ships. */
async function shipped(): Promise<Map<string, string>> {
  const built = await build({ mode: 'guest', logLevel: 'silent', build: { write: false } });
  const outputs = Array.isArray(built) ? built : 'output' in built ? [built] : [];
  const files = outputs.flatMap(({ output }) => output);
  return new Map(
    files.map((file) => [
      file.fileName,
      file.type === 'chunk' ? file.code : typeof file.source === 'string' ? file.source : '',
    ]),
  );
}

describe('the guest page as it ships', () => {
  it(
    'carries nothing of the desktop and needs nothing that a strict policy forbids',
    { timeout: 120_000 },
    async () => {
      const files = await shipped();
      const page = files.get('guest.html') ?? '';
      expect(page).toMatch(/<script type="module"[^>]* src="\.\/assets\//);
      expect(page).not.toMatch(/<style|style=|<script>|<script type="module">| on[a-z]+=/);
      const scripts = [...files].filter(([name]) => name.endsWith('.js')).map(([, code]) => code);
      expect(scripts.length).toBeGreaterThan(0);
      for (const code of scripts) {
        expect(code).not.toMatch(/__TAURI|tauri:\/\/|plugin:event/);
        expect(code).not.toMatch(/\beval\(|new Function\(/);
      }
    },
  );
});
