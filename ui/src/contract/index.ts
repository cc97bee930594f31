// Generated from crates/core/contract by `cargo xtask codegen`. Do not edit.

export type DeviceChoice = { 
/**
 * Its stable name.
 */
id: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * Whether it is the one in use.
 */
chosen: boolean, };

export type DeviceKind = "camera" | "microphone" | "speaker";

export type DevicesView = { 
/**
 * Cameras.
 */
cameras: Array<DeviceChoice>, 
/**
 * Microphones.
 */
microphones: Array<DeviceChoice>, 
/**
 * Speakers.
 */
speakers: Array<DeviceChoice>, 
/**
 * Screens to share.
 */
screens: Array<DeviceChoice>, };

export type HomeView = { 
/**
 * Rooms joined before, newest first, at most 12.
 */
recent: Array<RecentRoom>, };

export type Intent = { "type": "signIn", server: string, user: string, password: string, } | { "type": "signOut" } | { "type": "join", room: string, } | { "type": "leave" } | { "type": "setMicrophone", on: boolean, } | { "type": "setCamera", on: boolean, } | { "type": "shareScreen", source: string | null, } | { "type": "stopSharing" } | { "type": "pin", stream: number, } | { "type": "unpin" } | { "type": "chooseDevice", kind: DeviceKind, device: string | null, } | { "type": "dismiss", problem: number, } | { "type": "resolve", problem: number, } | { "type": "forgetRoom", room: string, };

export type LevelsView = { 
/**
 * Stream of the camera tile → level in dBFS, −127 … 0.
 */
levels: Array<[number, number]>, 
/**
 * The own microphone, dBFS.
 */
own: number, };

export type MeView = { 
/**
 * The own microphone.
 */
microphone: SwitchState, 
/**
 * The own camera.
 */
camera: SwitchState, 
/**
 * Screen sharing.
 */
sharing: SwitchState, };

export type MeetingPhase = "idle" | "joining" | "in" | "reconnecting" | "leaving";

export type MeetingView = { 
/**
 * How far it is.
 */
phase: MeetingPhase, 
/**
 * The room's name or number.
 */
room: string, 
/**
 * Where the media goes: empty, or "through acme.example".
 */
through: string, 
/**
 * Milliseconds in the room when this view was made; the page counts on from there.
 */
elapsedMs: number, 
/**
 * The arrangement of pictures.
 */
stage: StageView, 
/**
 * Oneself.
 */
me: MeView, 
/**
 * Everybody in the roster, oneself included.
 */
people: number, };

export type NextStep = "dismiss" | "tryAgain" | "chooseDevice" | "signIn" | "checkInput" | "wait";

export type PageRect = { 
/**
 * Left edge.
 */
x: number, 
/**
 * Top edge.
 */
y: number, 
/**
 * Width.
 */
width: number, 
/**
 * Height.
 */
height: number, };

export type PageTile = { 
/**
 * Which picture.
 */
stream: number, 
/**
 * Where.
 */
rect: PageRect, 
/**
 * Mirrored, for the own camera.
 */
mirrored: boolean, 
/**
 * Corner radius in CSS pixels.
 */
radius: number, 
/**
 * Crop to fill instead of letterbox.
 */
cover: boolean, };

export type Problem = { 
/**
 * Names this occurrence, for [`crate::Intent::Dismiss`] and [`crate::Intent::Resolve`].
 */
id: number, 
/**
 * What kind; chooses the words.
 */
code: ProblemCode, 
/**
 * Whom or what it is about (a room, a server, a device); shown inside the words as text, never as markup.
 */
about: string, 
/**
 * The technical fact, shown under "Details" only.
 */
details: string, 
/**
 * The one thing to do about it.
 */
next: NextStep, };

export type ProblemCode = "wrongPassword" | "tooManyTries" | "serverUnreachable" | "notAServer" | "signInExpired" | "connectionLost" | "noSecretStore" | "noSuchRoom" | "roomRefused" | "roomSilent" | "roomClosed" | "roomFull" | "mediaBlocked" | "mediaInsecure" | "mediaLost" | "cameraMissing" | "cameraBusy" | "cameraFailed" | "microphoneMissing" | "microphoneFailed" | "speakerFailed" | "screenFailed" | "badRoomName";

export type Quality = "unknown" | "poor" | "fair" | "good";

export type QualityView = { 
/**
 * In one word.
 */
overall: Quality, 
/**
 * What the room promises, as it says it; empty when it promises nothing.
 */
promised: string, 
/**
 * Sent, kbit/s.
 */
sentKbps: number, 
/**
 * Received, kbit/s.
 */
receivedKbps: number, 
/**
 * Round trip in milliseconds, if known.
 */
roundTripMs: number | null, 
/**
 * Loss towards us, percent.
 */
lossPercent: number, 
/**
 * The large picture: width, height, pictures per second.
 */
large: [number, number, number] | null, 
/**
 * Everything known about every leg, for "Copy as JSON".
 */
details: string, };

export type RecentRoom = { 
/**
 * What to type to join it again.
 */
room: string, 
/**
 * When it was last joined, milliseconds since 1970.
 */
joinedAt: number, };

export type SessionPhase = "signedOut" | "signingIn" | "signedIn" | "reconnecting";

export type SessionView = { 
/**
 * How far it is.
 */
phase: SessionPhase, 
/**
 * The server as typed.
 */
server: string, 
/**
 * The domain, once known.
 */
domain: string, 
/**
 * The user as typed.
 */
user: string, 
/**
 * The name others see.
 */
name: string, 
/**
 * Whether a restart needs no password.
 */
kept: boolean, };

export type StageView = { 
/**
 * The large picture; `None` only when there is no meeting.
 */
large: TileView | null, 
/**
 * Small pictures in a stable order, oneself last.
 */
film: Array<TileView>, 
/**
 * Whether the large one was pinned by the user.
 */
pinned: boolean, };

export type SurfaceEndpoint = { "type": "native" } | { "type": "page", url: string, token: string, };

export type SwitchState = "off" | "starting" | "on" | "failed";

export type TileKind = "camera" | "screen";

export type TileLayout = { 
/**
 * Shown tiles.
 */
tiles: Array<PageTile>, 
/**
 * Opaque parts of the page that must stay visible above pictures.
 */
holes: Array<PageRect>, 
/**
 * `devicePixelRatio`.
 */
scale: number, };

export type TileView = { 
/**
 * Names the picture on the surface.
 */
stream: number, 
/**
 * The roster key: `p1`.
 */
participant: string, 
/**
 * The name to show.
 */
name: string, 
/**
 * Camera or screen.
 */
kind: TileKind, 
/**
 * Whether it is oneself.
 */
me: boolean, 
/**
 * Whether their microphone is closed.
 */
muted: boolean, 
/**
 * Whether a picture is to be expected; otherwise initials are shown.
 */
video: boolean, 
/**
 * Whether the picture is on its way: leg up, but nothing decoded yet.
 */
waiting: boolean, 
/**
 * Whether this one is the room's active speaker.
 */
speaking: boolean, 
/**
 * How good the connection to this one is.
 */
quality: Quality, 
/**
 * Whether the participant has lost the connection and is waited for.
 */
away: boolean, };

export type View = { "type": "session" } & SessionView | { "type": "home" } & HomeView | { "type": "meeting" } & MeetingView | { "type": "levels" } & LevelsView | { "type": "devices" } & DevicesView | { "type": "problems", problems: Array<Problem>, } | { "type": "quality" } & QualityView;
