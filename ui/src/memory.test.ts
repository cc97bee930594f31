import { afterEach, describe, expect, it, vi } from 'vitest';
import { recall, remember } from './memory';

describe('what the page keeps', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is there again', () => {
    remember('confab.test', 'on');
    expect(recall('confab.test')).toBe('on');
    localStorage.removeItem('confab.test');
    expect(recall('confab.test')).toBeNull();
  });

  it('is nothing where the browser forbids it, and that is no error', () => {
    const forbidden = () => {
      throw new DOMException('forbidden', 'SecurityError');
    };
    vi.stubGlobal('localStorage', { getItem: forbidden, setItem: forbidden });
    remember('confab.test', 'on');
    expect(recall('confab.test')).toBeNull();
  });
});
