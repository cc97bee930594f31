import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Engine } from './engine';
import { fakeGlobals, FakeBrowser, FakePictures, plan, settled, told } from './fakes';
import type { Pictures } from './pictures';
import { NOTHING, type MediaFact } from './wire';

let browser: FakeBrowser;
let pictures: FakePictures;
let facts: MediaFact[];
let engine: Engine;

beforeEach(() => {
  vi.useFakeTimers();
  fakeGlobals();
  browser = new FakeBrowser();
  pictures = new FakePictures();
  facts = [];
  engine = new Engine(browser, pictures as unknown as Pictures, (fact) => facts.push(fact));
});

afterEach(() => {
  engine.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a shared screen', () => {
  it('is the one the user has chosen before', async () => {
    expect(await engine.chooseScreen()).toBe(true);
    engine.setPlan(plan({}, { screen: { source: null, fps: 15 }, camera: null, microphone: null }));
    await settled();
    expect(browser.asked).toHaveLength(1);
    expect(told(facts, 'screenOpened')).toHaveLength(1);
    expect([...pictures.shown.keys()]).toEqual([1]);
  });

  it('that nobody wants in time is let go of', async () => {
    await engine.chooseScreen();
    vi.advanceTimersByTime(10_000);
    expect(browser.tracks[0]?.readyState).toBe('ended');
  });

  it('that nobody has taken is let go of when nothing is wanted any more', async () => {
    await engine.chooseScreen();
    engine.setPlan(NOTHING);
    expect(browser.tracks[0]?.readyState).toBe('ended');
  });

  it('that the user does not choose is no wish', async () => {
    browser.refusals.push('NotAllowedError');
    expect(await engine.chooseScreen()).toBe(false);
    expect(facts).toEqual([]);
  });

  it('ends by the button of the browser as by ours', async () => {
    const ended = vi.fn();
    engine.onscreenend = ended;
    await engine.chooseScreen();
    engine.setPlan(plan({}, { screen: { source: null, fps: 15 } }));
    await settled();
    browser.tracks[0]?.onended?.();
    expect(ended).toHaveBeenCalledOnce();
    expect(told(facts, 'screenLost', 'screenFailed')).toEqual([]);
    engine.setPlan(plan({}));
    expect(told(facts, 'screenClosed')).toHaveLength(1);
  });
});
