/** What the page keeps of the media model: the plan it carries out and the facts it tells. The whole is in `contract/media.ts`. */
import type { MediaFact, MediaPlan } from '../../contract/media';

export type {
  CameraPlan,
  CaptureFault,
  DeviceFault,
  DeviceInfo,
  DeviceList,
  IceServer,
  LegDown,
  LegPlan,
  LegRole,
  LegStats,
  MediaFact,
  PublishVideo,
  RemoteDescription,
} from '../../contract/media';

/** The parts of a plan that a browser carries out; what can be shared it asks the user itself. */
export type Plan = Pick<
  MediaPlan,
  'camera' | 'microphone' | 'speaker' | 'screen' | 'ring' | 'listen' | 'deviceAttempt' | 'legs'
>;

/** Takes facts, in the order they came true. */
export type Tell = (fact: MediaFact) => void;

/** Nothing wanted: every device closed, no leg. */
export const NOTHING: Plan = {
  camera: null,
  microphone: null,
  speaker: null,
  screen: null,
  ring: null,
  listen: false,
  deviceAttempt: 0,
  legs: {},
};

/** Streams of our own pictures. */
export const OWN_CAMERA = 0;
export const OWN_SCREEN = 1;
