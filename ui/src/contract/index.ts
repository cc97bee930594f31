// Generated from crates/core/contract by `cargo xtask codegen`. Do not edit.

export type AccountView = { 
/**
 * Names it for [`crate::Intent::ChooseAccount`] and [`crate::Intent::SignOut`].
 */
id: number, 
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
 * How far it is.
 */
phase: SessionPhase, 
/**
 * Whether a restart needs no password.
 */
kept: boolean, };

export type AccountsView = { 
/**
 * In the order they were added.
 */
accounts: Array<AccountView>, 
/**
 * The shown one; `None` when nobody is signed in, or another account is being added.
 */
shown: number | null, };

export type CallEnd = "hungUp" | "theyHungUp" | "declined" | "busy" | "noAnswer" | "offline" | "unknown" | "cancelled" | "missed" | "weDeclined" | "takenElsewhere" | "domainUnreachable" | "noPath" | "insecure" | "lost";

export type CallPhase = "idle" | "finding" | "calling" | "ringing" | "incoming" | "connecting" | "active" | "restoring" | "ended";

export type CallView = { 
/**
 * Names this call, for [`crate::Intent::ForgetCall`].
 */
id: number, 
/**
 * How far it is.
 */
phase: CallPhase, 
/**
 * The other one.
 */
peer: PersonView, 
/**
 * Which account rings or calls.
 */
account: number, 
/**
 * Whether the caller wants to show a picture.
 */
video: boolean, 
/**
 * Why it has ended; only in phase `Ended`.
 */
ended: CallEnd | null, 
/**
 * How sure we are who the other one is.
 */
proof: Proof, 
/**
 * Whether to be quiet: we are busy.
 */
silent: boolean, };

export type ContactView = { 
/**
 * Who.
 */
person: PersonView, 
/**
 * What they tell us.
 */
presence: Presence, 
/**
 * Whether they see our presence.
 */
allowed: boolean, 
/**
 * Whether we may see theirs.
 */
watching: Watching, };

export type ConversationView = { 
/**
 * Whether there is somebody to talk to.
 */
open: boolean, 
/**
 * Oldest first, at most the newest 500.
 */
lines: Array<LineView>, 
/**
 * Names of those who are writing.
 */
typing: Array<string>, 
/**
 * Lines of others that were not on the screen yet.
 */
unread: number, 
/**
 * The largest file that can be sent now, bytes; 0: none.
 */
fileLimit: number, };

export type Delivery = "sending" | "delivered" | "failed";

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

export type FilePhase = "preparing" | "offered" | "moving" | "paused" | "done" | "cancelled" | "failed";

export type FileView = { 
/**
 * Names it, for [`crate::Intent::FetchFile`] and [`crate::Intent::CancelFile`].
 */
id: string, 
/**
 * Its name, without a path, safe to show.
 */
name: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * What the sender says it is.
 */
mime: string, 
/**
 * How far it is.
 */
phase: FilePhase, 
/**
 * Bytes that have arrived.
 */
done: number, 
/**
 * Where it was saved: a folder and a name that people recognise.
 */
saved: string, };

export type HomeView = { 
/**
 * Rooms joined before, newest first, at most 12.
 */
recent: Array<RecentRoom>, 
/**
 * Calls made, taken and missed, newest first, at most 20.
 */
calls: Array<PastCall>, };

export type Intent = { "type": "signIn", server: string, user: string, password: string, } | { "type": "signInWithBrowser", server: string, provider: string | null, } | { "type": "signInAsGuest", server: string, name: string, } | { "type": "askServer", server: string, } | { "type": "cancelSignIn" } | { "type": "chooseAccount", account: number, } | { "type": "signOut", account: number | null, } | { "type": "join", room: string, } | { "type": "leave" } | { "type": "setMicrophone", on: boolean, } | { "type": "setCamera", on: boolean, } | { "type": "shareScreen", source: string | null, } | { "type": "stopSharing" } | { "type": "pin", stream: number, } | { "type": "unpin" } | { "type": "chooseDevice", kind: DeviceKind, device: string | null, } | { "type": "dismiss", problem: number, } | { "type": "resolve", problem: number, } | { "type": "forgetRoom", room: string, } | { "type": "findPeople", text: string, } | { "type": "addContact", user: string, name: string, } | { "type": "renameContact", user: string, name: string, } | { "type": "removeContact", user: string, } | { "type": "allowPresence", user: string, allowed: boolean, } | { "type": "setPresence", presence: OwnPresence, } | { "type": "call", user: string, video: boolean, } | { "type": "accept", video: boolean, } | { "type": "decline" } | { "type": "hangUp" } | { "type": "forgetCall", call: number, } | { "type": "say", text: string, } | { "type": "typing", on: boolean, } | { "type": "readConversation" } | { "type": "fetchFile", file: string, } | { "type": "cancelFile", file: string, };

export type LevelsView = { 
/**
 * Stream of the camera tile → level in dBFS, −127 … 0.
 */
levels: Array<[number, number]>, 
/**
 * The own microphone, dBFS.
 */
own: number, };

export type LineBody = { "type": "text", text: string, } | { "type": "file", file: FileView, };

export type LineView = { 
/**
 * Names it.
 */
id: string, 
/**
 * Who, as shown.
 */
name: string, 
/**
 * Whether it is oneself.
 */
me: boolean, 
/**
 * When, milliseconds since 1970.
 */
at: number, 
/**
 * Whether it has arrived; only of interest for one's own.
 */
delivery: Delivery, 
/**
 * What.
 */
body: LineBody, };

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
 * The room's name or number; empty in a direct call.
 */
room: string, 
/**
 * Whether it is a direct call, without a room.
 */
direct: boolean, 
/**
 * Through which domain the media goes; empty when it goes from one to the other.
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

export type OwnPresence = "available" | "busy" | "away" | "invisible";

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

export type PastCall = { 
/**
 * Names it.
 */
id: number, 
/**
 * The other one.
 */
peer: PersonView, 
/**
 * Whether they called us.
 */
incoming: boolean, 
/**
 * With pictures.
 */
video: boolean, 
/**
 * How it ended.
 */
end: CallEnd, 
/**
 * When it began, milliseconds since 1970.
 */
at: number, 
/**
 * How long they talked, seconds.
 */
seconds: number, 
/**
 * Whether it was missed and not looked at yet.
 */
unseen: boolean, };

export type PeopleView = { 
/**
 * The shown account's contacts, by name.
 */
contacts: Array<ContactView>, 
/**
 * People who ask to see our presence, oldest first.
 */
asking: Array<PersonView>, 
/**
 * The search.
 */
search: SearchView, 
/**
 * What others are told of us.
 */
own: OwnPresence, };

export type PersonView = { 
/**
 * `user://domain/name@domain`.
 */
user: string, 
/**
 * The name to show.
 */
name: string, 
/**
 * Their domain, when it is not ours; empty otherwise.
 */
domain: string, };

export type Presence = "unknown" | "offline" | "away" | "busy" | "inCall" | "available";

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

export type ProblemCode = "wrongPassword" | "tooManyTries" | "serverUnreachable" | "notAServer" | "signInExpired" | "connectionLost" | "noSecretStore" | "noSuchRoom" | "roomRefused" | "roomSilent" | "roomClosed" | "roomFull" | "mediaBlocked" | "mediaInsecure" | "mediaLost" | "cameraMissing" | "cameraBusy" | "cameraFailed" | "microphoneMissing" | "microphoneFailed" | "speakerFailed" | "screenFailed" | "badRoomName" | "browserSignInFailed" | "domainUnreachable" | "alreadyInCall" | "identityMismatch" | "fileFailed" | "fileTooLarge" | "textTooLong" | "badUser" | "nameRefused";

export type Proof = "none" | "domain" | "signed";

export type ProviderView = { 
/**
 * Its issuer URL.
 */
issuer: string, 
/**
 * Its name for people.
 */
name: string, };

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

export type SearchView = { 
/**
 * What was searched for; empty: no search.
 */
text: string, 
/**
 * Whether answers are awaited.
 */
searching: boolean, 
/**
 * Who was found, at most 20.
 */
found: Array<PersonView>, };

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

export type SignInView = { 
/**
 * The server that was asked, as typed; empty before.
 */
server: string, 
/**
 * Whether the answer is awaited.
 */
asking: boolean, 
/**
 * Whether a password will do.
 */
password: boolean, 
/**
 * Identity providers it accepts.
 */
providers: Array<ProviderView>, 
/**
 * Whether the browser is open and waited for.
 */
browser: boolean, 
/**
 * Whether a name that one makes up will do.
 */
invented: boolean, };

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

export type View = { "type": "session" } & SessionView | { "type": "home" } & HomeView | { "type": "meeting" } & MeetingView | { "type": "levels" } & LevelsView | { "type": "devices" } & DevicesView | { "type": "problems", problems: Array<Problem>, } | { "type": "quality" } & QualityView | { "type": "accounts" } & AccountsView | { "type": "signIn" } & SignInView | { "type": "people" } & PeopleView | { "type": "call" } & CallView | { "type": "conversation" } & ConversationView;

export type Watching = "waiting" | "asked" | "allowed" | "refused";
