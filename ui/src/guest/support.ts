import { usable } from './media/sdp';

/** What this browser cannot do. */
export interface Support {
  /** Cameras and microphones: pages need a secure connection for them. */
  devices: boolean;
  /** Pictures of the media server: H.264. */
  pictures: boolean;
}

export function support(): Support {
  return {
    devices: 'mediaDevices' in navigator,
    pictures:
      typeof RTCRtpReceiver !== 'undefined' && usable(RTCRtpReceiver.getCapabilities('video')?.codecs ?? []).length > 0,
  };
}
