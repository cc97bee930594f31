import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CheckView, Intent } from '../contract';
import { Door } from './door';
import type { DeviceFault, Plan } from './media/wire';

let plans: Plan[];
let checks: CheckView[];
let troubles: [string, DeviceFault | null][];
let door: Door;
const now = () => plans.at(-1) as Plan;

beforeEach(() => {
  [plans, checks, troubles] = [[], [], []];
  door = new Door({
    view: (view) => void (view.type === 'check' && checks.push(view)),
    plan: (plan) => void plans.push(plan),
    trouble: (...trouble) => void troubles.push(trouble),
  });
  door.begin();
});

describe('the device check at the door', () => {
  it('opens nothing before the guest says so', () => {
    expect([now().camera, now().microphone, now().speaker]).toEqual([null, null, null]);
    expect(door.agreed).toBe(false);
  });

  it('opens both at one wish, and never a leg', () => {
    door.intend({ type: 'checkDevices', on: true });
    expect([now().camera?.size, now().microphone, now().legs]).toEqual([[1280, 720], '', {}]);
    expect(checks.at(-1)).toMatchObject({ camera: 'starting', microphone: 'starting' });
    door.learn({ type: 'cameraOpened', value: '' });
    door.learn({ type: 'microphoneOpened', value: '' });
    expect(checks.at(-1)).toMatchObject({ camera: 'on', microphone: 'on' });
  });

  it('takes inside only what works', () => {
    door.intend({ type: 'checkDevices', on: true });
    door.intend({ type: 'chooseDevice', kind: 'microphone', device: 'usb' });
    door.learn({ type: 'cameraFailed', value: { type: 'missing' } });
    door.learn({ type: 'microphoneOpened', value: '' });
    const wanted: Intent[] = [
      { type: 'chooseDevice', kind: 'microphone', device: 'usb' },
      { type: 'setMicrophone', on: true },
      { type: 'setCamera', on: false },
    ];
    expect(door.intents()).toEqual(wanted);
    expect(troubles[0]).toEqual(['camera', { type: 'missing' }]);
  });

  it('tries a device that failed again when it is asked for again', () => {
    door.intend({ type: 'setCamera', on: true });
    door.learn({ type: 'cameraFailed', value: { type: 'busy' } });
    const before = now().deviceAttempt;
    door.intend({ type: 'setCamera', on: true });
    expect(now().deviceAttempt).toBeGreaterThan(before);
    expect(checks.at(-1)?.camera).toBe('starting');
  });

  it('does not promise a device that failed while something else is set', () => {
    door.intend({ type: 'checkDevices', on: true });
    door.learn({ type: 'cameraOpened', value: '' });
    door.learn({ type: 'microphoneFailed', value: { type: 'busy' } });
    door.intend({ type: 'chooseDevice', kind: 'speaker', device: 'usb' });
    door.intend({ type: 'setCamera', on: false });
    expect(checks.at(-1)).toMatchObject({ camera: 'off', microphone: 'failed' });
    door.intend({ type: 'chooseDevice', kind: 'microphone', device: 'usb' });
    expect(checks.at(-1)).toMatchObject({ microphone: 'starting' });
  });

  it('plays its tone for two seconds', () => {
    vi.useFakeTimers();
    door.intend({ type: 'testSpeaker' });
    expect([now().ring, now().speaker, checks.at(-1)?.playing]).toEqual(['ringback', '', true]);
    vi.advanceTimersByTime(2_000);
    expect([now().ring, now().speaker, checks.at(-1)?.playing]).toEqual([null, null, false]);
    vi.useRealTimers();
  });
});
