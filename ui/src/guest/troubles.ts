import { t } from '../words';
import type { DeviceFault } from './media/wire';
import type { Support } from './support';

/** Why devices cannot be used; `null`: nothing is known against them. */
export interface Troubles {
  camera: DeviceFault | null;
  microphone: DeviceFault | null;
}

/** The same in words, without saying the same twice. */
export function sayTroubles({ camera, microphone }: Troubles, can: Support): string[] {
  const said = can.pictures ? [] : [t('guest.trouble.pictures')];
  if (!can.devices) return [t('guest.trouble.insecure'), ...said];
  if (camera && can.pictures) said.push(t(`guest.trouble.camera.${word(camera)}`));
  if (microphone) said.push(t(`guest.trouble.microphone.${word(microphone)}`));
  return said;
}

/** What the user can do about a format is what they can do about a driver. */
function word({ type }: DeviceFault): 'missing' | 'busy' | 'denied' | 'driver' {
  return type === 'format' ? 'driver' : type;
}
