// Generated from crates/core/media-model by `cargo xtask codegen`. Do not edit.

export type CameraPlan = { 
/**
 * `None`: the default one.
 */
device: string | null, 
/**
 * Wished size in pixels.
 */
size: [number, number], 
/**
 * Wished pictures per second.
 */
fps: number, };

export type CaptureFault = { "type": "gone" } | { "type": "stalled" } | { "type": "driver", "value": string };

export type DeviceFault = { "type": "missing" } | { "type": "busy" } | { "type": "denied" } | { "type": "format", "value": string } | { "type": "driver", "value": string };

export type DeviceInfo = { 
/**
 * Its stable name.
 */
id: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * Whether the system would pick it.
 */
default: boolean, };

export type DeviceList = { 
/**
 * Cameras.
 */
cameras: Array<DeviceInfo>, 
/**
 * Microphones.
 */
microphones: Array<DeviceInfo>, 
/**
 * Speakers.
 */
speakers: Array<DeviceInfo>, 
/**
 * Screens.
 */
screens: Array<SourceInfo>, };

export type FileFact = { "type": "channel", "value": boolean } | { "type": "store", "value": boolean } | { "type": "preview", "value": { 
/**
 * Which.
 */
id: string, 
/**
 * The address that shows it.
 */
picture: string, } } | { "type": "preparing", "value": { 
/**
 * Which.
 */
id: string, 
/**
 * Bytes hashed.
 */
done: number, 
/**
 * Bytes in all.
 */
size: number, } } | { "type": "prepared", "value": { 
/**
 * Which.
 */
id: string, 
/**
 * Bytes in all.
 */
size: number, 
/**
 * Of the whole.
 */
hash: string, 
/**
 * When it was last changed, milliseconds since 1970, where the system knows.
 */
modified: number | null, } } | { "type": "moving", "value": { 
/**
 * Which.
 */
id: string, 
/**
 * Bytes verified.
 */
done: number, } } | { "type": "sent", "value": string } | { "type": "saved", "value": { 
/**
 * Which.
 */
id: string, 
/**
 * A folder and a name that people recognise, not a path.
 */
place: string, } } | { "type": "stopped", "value": string } | { "type": "failed", "value": { 
/**
 * Which.
 */
id: string, 
/**
 * Why.
 */
fault: FileFault, } };

export type FileFault = { "type": "unreadable", "value": string } | { "type": "tooLarge", "value": number } | { "type": "changed" } | { "type": "diskFull" } | { "type": "denied", "value": string } | { "type": "unwritable", "value": string } | { "type": "wrongHash" } | { "type": "gone" } | { "type": "badPeer" } | { "type": "refused", "value": string };

export type FilePlan = { 
/**
 * The leg whose channel carries files, as soon as it is planned. `None`: transfers wait.
 */
leg: number | null, 
/**
 * Ours, to be hashed and then given to the peer when it asks. One that is missing here is given no longer.
 */
own: { [key in string]: OwnFile }, 
/**
 * Theirs, to be fetched and saved. One that is missing here is stopped, and what was fetched of it removed.
 */
wanted: { [key in string]: WantedFile }, 
/**
 * What goes through the file store of a room. A conversation uses either this or the channel.
 */
store: StorePlan, };

export type FileSource = { "type": "channel" };

export type IceServer = { 
/**
 * `stun:host:port`, `turn:host:port?transport=udp`.
 */
url: string, 
/**
 * TURN only.
 */
username: string, 
/**
 * TURN only.
 */
credential: string, };

export type LegDown = { "type": "badAnswer", "value": string } | { "type": "noPath" } | { "type": "security", "value": string } | { "type": "lost" } | { "type": "transport", "value": string };

export type LegPlan = { 
/**
 * A higher number than before means: throw the transport away and build a new one (new offer).
 */
generation: number, 
/**
 * What flows.
 */
role: LegRole, 
/**
 * The far side's offer, when it is the one that offers. It never changes within a generation, but for candidates.
 */
offer: RemoteDescription | null, 
/**
 * The far side's answer to our offer, once known. It never changes within a generation, but for candidates.
 */
answer: RemoteDescription | null, 
/**
 * STUN and TURN servers.
 */
iceServers: Array<IceServer>, };

export type LegRole = { "type": "publish", 
/**
 * Whether the leg has an audio track, and whether its gate is open (`Some(false)`: muted, nothing is sent).
 */
audio: boolean | null, 
/**
 * `None`: the leg has no video track.
 */
video: PublishVideo | null, } | { "type": "receive", 
/**
 * Where its picture lands.
 */
stream: number, 
/**
 * Whether there is an audio track.
 */
audio: boolean, 
/**
 * Whether there is a video track.
 */
video: boolean, } | { "type": "peer", 
/**
 * Whether the gate of our sound is open.
 */
audio: boolean, 
/**
 * What picture we send: camera or screen, on one track; its gate may be closed.
 */
video: PublishVideo, 
/**
 * Where theirs lands.
 */
stream: number, };

export type LegStats = { 
/**
 * Received media.
 */
received: number, 
/**
 * Sent media.
 */
sent: number, 
/**
 * The bandwidth estimate of the sending side, if there is one.
 */
estimate: number | null, 
/**
 * The encoder's present target.
 */
target: number | null, 
/**
 * Round trip in milliseconds, if known.
 */
roundTripMs: number | null, 
/**
 * Share of packets lost on the way to us (received) or to the far side (sent), 0.0 … 1.0.
 */
loss: number, 
/**
 * Pictures decoded (received) or encoded (sent).
 */
fps: number, 
/**
 * Picture size in pixels.
 */
size: [number, number] | null, 
/**
 * Pictures thrown away before the encoder or the screen.
 */
dropped: number, 
/**
 * Share of played sound that had to be invented, 0.0 … 1.0.
 */
concealed: number, 
/**
 * Present playout delay of the audio jitter buffer, milliseconds.
 */
playoutMs: number | null, 
/**
 * Key frames we asked for (received) or made (sent), since the leg began.
 */
keyFrames: number, 
/**
 * Whether the path leads through a TURN server; `None` while it is not known.
 */
relayed: boolean | null, 
/**
 * Malformed packets dropped since the leg began.
 */
malformed: number, };

export type MediaFact = { "type": "devices", "value": DeviceList } | { "type": "shares", "value": Array<ShareInfo> } | { "type": "cameraOpened", "value": string } | { "type": "cameraFailed", "value": DeviceFault } | { "type": "cameraLost", "value": CaptureFault } | { "type": "cameraClosed" } | { "type": "microphoneOpened", "value": string } | { "type": "microphoneFailed", "value": DeviceFault } | { "type": "microphoneLost", "value": CaptureFault } | { "type": "microphoneClosed" } | { "type": "speakerOpened", "value": string } | { "type": "speakerFailed", "value": DeviceFault } | { "type": "speakerLost", "value": CaptureFault } | { "type": "screenOpened", "value": string } | { "type": "screenClosed" } | { "type": "screenFailed", "value": DeviceFault } | { "type": "screenLost", "value": CaptureFault } | { "type": "legOffer", "value": { 
/**
 * Which leg.
 */
leg: number, 
/**
 * Of which generation.
 */
generation: number, 
/**
 * SDP offer.
 */
sdp: string, } } | { "type": "legAnswer", "value": { 
/**
 * Which leg.
 */
leg: number, 
/**
 * Of which generation.
 */
generation: number, 
/**
 * SDP answer.
 */
sdp: string, } } | { "type": "legUp", "value": { 
/**
 * Which leg.
 */
leg: number, 
/**
 * Of which generation.
 */
generation: number, } } | { "type": "legDown", "value": { 
/**
 * Which leg.
 */
leg: number, 
/**
 * Of which generation.
 */
generation: number, 
/**
 * Why.
 */
reason: LegDown, } } | { "type": "firstPicture", "value": number } | { "type": "pictureStalled", "value": number } | { "type": "ownLevel", "value": number } | { "type": "mutedSpeech", "value": boolean } | { "type": "level", "value": [number, number] } | { "type": "stats", "value": [number, LegStats] };

export type MediaPlan = { 
/**
 * `None`: closed, its light off.
 */
camera: CameraPlan | null, 
/**
 * `Some(None)`: the default microphone, as JSON an empty text. `None`: closed.
 */
microphone: string | null, 
/**
 * `Some(None)`: the default speaker, as JSON an empty text. `None`: closed.
 */
speaker: string | null, 
/**
 * `None`: nothing is shared.
 */
screen: ScreenPlan | null, 
/**
 * The user chooses what to share: screens and windows are told with small pictures (fact `Shares`) as long as this holds.
 */
watchShares: boolean, 
/**
 * Speech into an open microphone whose gate is closed is told (fact `MutedSpeech`). Nothing of it leaves.
 */
listen: boolean, 
/**
 * The tone to play on the speaker, which is opened for it.
 */
ring: Ring | null, 
/**
 * Counts the user's "try again": a higher number lets a device that failed be opened once more.
 */
deviceAttempt: number, 
/**
 * Every wanted leg. A leg that is missing here is closed.
 */
legs: { [key in number]: LegPlan }, };

export type OwnFile = { 
/**
 * Where it is, as the user chose it.
 */
path: string, };

export type PublishVideo = { 
/**
 * Where pictures come from.
 */
content: VideoContent, 
/**
 * Whether the gate is open; a closed one sends nothing.
 */
on: boolean, 
/**
 * Largest size in pixels.
 */
maxSize: [number, number], 
/**
 * Most pictures per second.
 */
maxFps: number, 
/**
 * Ceiling, bits per second.
 */
maxBitrate: number, };

export type RemoteDescription = { 
/**
 * SDP offer or answer.
 */
sdp: string, 
/**
 * Candidates that came outside the SDP, `candidate:…` lines without `a=`.
 */
candidates: Array<string>, };

export type Ring = "incoming" | "ringback";

export type ScreenPlan = { 
/**
 * `None`: the first screen.
 */
source: string | null, 
/**
 * Most pictures per second.
 */
fps: number, };

export type ShareInfo = { 
/**
 * Its name, for [`ScreenRequest::source`].
 */
id: string, 
/**
 * Its name for people: a window's title, "Screen 1".
 */
label: string, 
/**
 * Whether it is one window and not a whole screen.
 */
window: boolean, 
/**
 * Width and height in pixels.
 */
size: [number, number], 
/**
 * A small picture, at most [`Self::THUMBNAIL`], as a `data:image/jpeg;base64,…` address; empty while there is none.
 */
thumbnail: string, };

export type SourceInfo = { 
/**
 * Its name.
 */
id: string, 
/**
 * Its name for people: "Screen 1".
 */
label: string, 
/**
 * Width and height in pixels.
 */
size: [number, number], };

export type StoreAccess = { 
/**
 * `http(s)://…`, without a slash at the end.
 */
url: string, 
/**
 * Goes into `Authorization: Bearer …`, to this address only.
 */
token: string, };

export type StoreDownload = { 
/**
 * A higher number than before means: begin again after a failure.
 */
attempt: number, 
/**
 * What it is called; [`super::safe_name`] is applied again before anything is made on disk.
 */
name: string, 
/**
 * What its sender says it is.
 */
mime: string, 
/**
 * Bytes, at most [`super::MAX_FILE`].
 */
size: number, 
/**
 * Of the whole.
 */
hash: string, };

export type StorePlan = { 
/**
 * Where it is and the right to use it, renewed now and then. `None`: transfers wait; hashing does not.
 */
access: StoreAccess | null, 
/**
 * Ours, to be hashed and put there. One that is missing here is given up.
 */
own: { [key in string]: StoreUpload }, 
/**
 * Theirs, to be fetched and saved. One that is missing here is stopped, and what was fetched of it removed.
 */
wanted: { [key in string]: StoreDownload }, };

export type StoreUpload = { 
/**
 * Where it is, as the user chose it; in a guest's browser the name of a chosen file.
 */
path: string, 
/**
 * What others are told that it is called.
 */
name: string, 
/**
 * What others are told that it is.
 */
mime: string, };

export type VideoContent = "camera" | "screen";

export type WantedFile = { 
/**
 * A higher number than before means: begin again after a failure.
 */
attempt: number, 
/**
 * What it is called; [`safe_name`] is applied again before anything is made on disk.
 */
name: string, 
/**
 * Bytes, at most [`MAX_FILE`].
 */
size: number, 
/**
 * Of the whole; some peers do not say.
 */
hash: string | null, 
/**
 * Where its bytes come from.
 */
source: FileSource, };
