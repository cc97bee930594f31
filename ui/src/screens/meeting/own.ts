import type { DevicesView, Intent, MeView, Problem } from '../../contract';

/** Own devices that are not there at all; what cannot be used has not failed. */
export function missingOf({ problems, devices }: { problems: readonly Problem[]; devices: DevicesView }): {
  microphone: boolean;
  camera: boolean;
} {
  const has = (code: Problem['code']) => problems.some((problem) => problem.code === code);
  return {
    microphone: has('microphoneMissing') || devices.microphones.length === 0,
    camera: has('cameraMissing') || devices.cameras.length === 0,
  };
}

/** What the button of the own microphone asks for. */
export const turnMicrophone = (me: MeView): Intent => ({
  type: 'setMicrophone',
  on: me.microphone === 'off' || me.microphone === 'failed',
});
