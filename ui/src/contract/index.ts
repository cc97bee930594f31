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

export type ArrivalView = { 
/**
 * Whether there is one.
 */
open: boolean, 
/**
 * The server in full.
 */
server: string, 
/**
 * The room.
 */
room: string, 
/**
 * Whether an account of ours is at that server.
 */
known: boolean, 
/**
 * Which account would join.
 */
account: number | null, };

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
silent: boolean, 
/**
 * The meeting that the other one asks us to join, as shown; `None`: they want to talk to us alone.
 */
meeting: string | null, };

export type CheckView = { 
/**
 * Whether they are being looked at.
 */
open: boolean, 
/**
 * The own camera's picture on the surface.
 */
stream: number, 
/**
 * The own camera.
 */
camera: SwitchState, 
/**
 * The own microphone.
 */
microphone: SwitchState, 
/**
 * Whether the speaker plays its test.
 */
playing: boolean, };

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
 * Oldest first, at most the newest 512.
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
screens: Array<DeviceChoice>, 
/**
 * Screens and windows to share, with small pictures while the page asks for them.
 */
shares: Array<ShareChoice>, };

export type FilePhase = "preparing" | "offered" | "moving" | "paused" | "done" | "cancelled" | "failed" | "noStore";

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
saved: string, 
/**
 * How far each receiver is, of one's own files: name and bytes.
 */
receivers: Array<[string, number]>, 
/**
 * A small picture of it as a `data:image/…` address, when it is one; empty until there is one.
 */
preview: string, };

export type HomeView = { 
/**
 * Rooms joined before, newest first, at most 12.
 */
recent: Array<RecentRoom>, 
/**
 * Calls made, taken and missed, newest first, at most 20.
 */
calls: Array<PastCall>, };

export type Intent = { "type": "signIn", server: string, user: string, password: string, } | { "type": "signInWithBrowser", server: string, provider: string | null, } | { "type": "signInAsGuest", server: string, name: string, } | { "type": "askServer", server: string, } | { "type": "cancelSignIn" } | { "type": "chooseAccount", account: number, } | { "type": "signOut", account: number | null, } | { "type": "join", room: string, } | { "type": "leave" } | { "type": "leaveTo", participant: string, } | { "type": "endForAll" } | { "type": "stay" } | { "type": "createRoom", name: string | null, } | { "type": "openLink", link: string, } | { "type": "followLink", account: number | null, name: string, } | { "type": "dropLink" } | { "type": "invite", user: string, name: string, } | { "type": "inviteByMail", address: string, name: string, language?: string, } | { "type": "cancelInvitation", invitation: string, } | { "type": "silence", participant: string, what: Silenced, } | { "type": "muteAll" } | { "type": "askToOpen", participant: string, what: Silenced, } | { "type": "stayMuted" } | { "type": "remove", participant: string, reason: string, ban: boolean, } | { "type": "admit", waiting: string | null, } | { "type": "refuse", waiting: string, } | { "type": "setCoOrganiser", participant: string, on: boolean, } | { "type": "handOver", participant: string, } | { "type": "setLocked", on: boolean, } | { "type": "setLobby", on: boolean, } | { "type": "setGuests", on: boolean, } | { "type": "setInventedNames", on: boolean, } | { "type": "raiseHand", up: boolean, } | { "type": "lowerHand", participant: string, } | { "type": "react", emoji: string, } | { "type": "reactToLine", line: string, emoji: string, } | { "type": "askLog" } | { "type": "setLayout", layout: Layout, } | { "type": "pushToTalk", down: boolean, } | { "type": "setMicrophone", on: boolean, } | { "type": "setCamera", on: boolean, } | { "type": "shareScreen", source: string | null, } | { "type": "stopSharing" } | { "type": "watchShares", on: boolean, } | { "type": "checkDevices", on: boolean, } | { "type": "testSpeaker" } | { "type": "pin", stream: number, } | { "type": "unpin" } | { "type": "setNoticeMuted", on: boolean, } | { "type": "chooseDevice", kind: DeviceKind, device: string | null, } | { "type": "dismiss", problem: number, } | { "type": "resolve", problem: number, } | { "type": "forgetRoom", room: string, } | { "type": "findPeople", text: string, } | { "type": "addContact", user: string, name: string, } | { "type": "renameContact", user: string, name: string, } | { "type": "removeContact", user: string, } | { "type": "allowPresence", user: string, allowed: boolean, } | { "type": "setPresence", presence: OwnPresence, } | { "type": "call", user: string, video: boolean, } | { "type": "accept", video: boolean, } | { "type": "decline" } | { "type": "hangUp" } | { "type": "forgetCall", call: number, } | { "type": "say", text: string, to: string | null, reply: string | null, } | { "type": "typing", on: boolean, } | { "type": "readConversation" } | { "type": "fetchFile", file: string, } | { "type": "cancelFile", file: string, };

export type InvitationStatus = "ringing" | "mailed" | "accepted" | "declined" | "busy" | "no-answer" | "unreachable";

export type InvitedView = { 
/**
 * Names the invitation: `i1`.
 */
id: string, 
/**
 * The name or address to show.
 */
name: string, 
/**
 * How it goes.
 */
status: InvitationStatus, 
/**
 * Whether we may take it back.
 */
ours: boolean, };

export type Layout = "speaker" | "grid";

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

export type LineReaction = { 
/**
 * The emoji.
 */
emoji: string, 
/**
 * How many have it.
 */
count: number, 
/**
 * Whether oneself is among them.
 */
mine: boolean, };

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
body: LineBody, 
/**
 * To whom alone it was said, as shown; `None`: to all.
 */
to: string | null, 
/**
 * The line it answers.
 */
reply: ReplyView | null, 
/**
 * Reactions to it, most frequent first.
 */
reactions: Array<LineReaction>, };

export type LogLine = { 
/**
 * When, milliseconds since 1970.
 */
at: number, 
/**
 * What, as a word of the protocol page: `joined`, `left`, `removed`, `banned`, `muted`, `role`, …
 */
what: string, 
/**
 * Who did it; empty when nobody did.
 */
by: string, 
/**
 * To whom.
 */
who: string, 
/**
 * A reason or value.
 */
text: string, };

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

export type MeetingPhase = "idle" | "joining" | "in" | "waiting" | "reconnecting" | "leaving";

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

export type MemberView = { 
/**
 * The roster key: `p1`.
 */
participant: string, 
/**
 * The name to show.
 */
name: string, 
/**
 * `user://…`; empty when there is none.
 */
user: string, 
/**
 * Their domain, when it is not the room's.
 */
domain: string, 
/**
 * Whether it is oneself.
 */
me: boolean, 
/**
 * What they may do.
 */
role: Role, 
/**
 * Whether their microphone is closed.
 */
muted: boolean, 
/**
 * Whether an organiser has closed it.
 */
mutedByOrganiser: boolean, 
/**
 * Whether their camera is off.
 */
cameraOff: boolean, 
/**
 * Whether they share a screen.
 */
sharing: boolean, 
/**
 * Whether they have lost the connection and are waited for.
 */
away: boolean, 
/**
 * Their place in the queue of raised hands, from 1; `None`: not raised.
 */
hand: number | null, 
/**
 * Who they really are, as far as it is known: told to organisers only, and of those who have made up a name.
 */
trace: string | null, };

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

export type Powers = { 
/**
 * Mute others, close their cameras, stop their shares, lower hands.
 */
silence: boolean, 
/**
 * Remove and ban.
 */
remove: boolean, 
/**
 * Let people in, lock the room, change who may come.
 */
door: boolean, 
/**
 * Make somebody co-organiser, hand over.
 */
roles: boolean, 
/**
 * End the meeting for all.
 */
end: boolean, 
/**
 * Invite others.
 */
invite: boolean, 
/**
 * Raise one's hand and let emoji float by: the room knows of such things.
 */
react: boolean, };

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

export type ProblemCode = "wrongPassword" | "tooManyTries" | "serverUnreachable" | "notAServer" | "signInExpired" | "connectionLost" | "noSecretStore" | "noSuchRoom" | "roomRefused" | "roomSilent" | "roomClosed" | "roomFull" | "mediaBlocked" | "mediaInsecure" | "mediaLost" | "cameraMissing" | "cameraBusy" | "cameraFailed" | "microphoneMissing" | "microphoneFailed" | "speakerFailed" | "screenFailed" | "shareEnded" | "badRoomName" | "browserSignInFailed" | "domainUnreachable" | "alreadyInCall" | "identityMismatch" | "fileFailed" | "fileTooLarge" | "textTooLong" | "badUser" | "roomLocked" | "removed" | "notAdmitted" | "noGuests" | "silencedByOrganiser" | "notAllowed" | "invitationFailed" | "organiserGone" | "badLink" | "tooFast" | "nameRefused";

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

export type ReactionView = { 
/**
 * A number that no other one has.
 */
id: number, 
/**
 * Whose: the roster key.
 */
participant: string, 
/**
 * Their name.
 */
name: string, 
/**
 * One emoji.
 */
emoji: string, };

export type RecentRoom = { 
/**
 * What to type to join it again.
 */
room: string, 
/**
 * When it was last joined, milliseconds since 1970.
 */
joinedAt: number, };

export type ReplyView = { 
/**
 * Names it.
 */
line: string, 
/**
 * Who said it.
 */
name: string, 
/**
 * How it begins, at most 120 characters.
 */
text: string, };

export type Role = "organiser" | "co-organiser" | "participant" | "guest";

export type RoomView = { 
/**
 * Its number or name.
 */
name: string, 
/**
 * What to send to others so that they can join; empty when there is none.
 */
link: string, 
/**
 * The domain it is in.
 */
domain: string, 
/**
 * Whether nobody comes in any more.
 */
locked: boolean, 
/**
 * Whether whoever comes waits to be let in.
 */
lobby: boolean, 
/**
 * Whether guests may come.
 */
guests: boolean, 
/**
 * Whether people may come under a name that nobody can be found by.
 */
inventedNames: boolean, 
/**
 * Everybody in it, in the order of joining; oneself among them.
 */
people: Array<MemberView>, 
/**
 * Who waits to be let in; told to organisers only.
 */
waiting: Array<WaitingView>, 
/**
 * Who was asked to come and has not yet.
 */
invited: Array<InvitedView>, 
/**
 * What one may do.
 */
may: Powers, 
/**
 * Set when leaving would end the meeting for others: the page asks what to do, and answers by
 * [`crate::Intent::LeaveTo`], [`crate::Intent::EndForAll`] or [`crate::Intent::Stay`].
 */
leaving: boolean, 
/**
 * Who asks us to open the microphone again; answered by opening it or [`crate::Intent::StayMuted`].
 */
unmuteAskedBy: string | null, 
/**
 * Reactions of the last 5 s, oldest first, at most 32.
 */
reactions: Array<ReactionView>, 
/**
 * Whether we speak although our microphone is closed.
 */
mutedSpeaking: boolean, 
/**
 * What has happened in the room, for [`crate::Intent::AskLog`]; empty until asked for.
 */
log: Array<LogLine>, };

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

export type SettingsView = { 
/**
 * Whether one is told when speaking while muted; without, a muted microphone is closed.
 */
noticeMuted: boolean, };

export type ShareChoice = { 
/**
 * Names it, for [`crate::Intent::ShareScreen`].
 */
id: string, 
/**
 * Its title.
 */
label: string, 
/**
 * Screen or window.
 */
window: boolean, 
/**
 * Its size in pixels.
 */
width: number, 
/**
 * Its size in pixels.
 */
height: number, 
/**
 * A small picture of it as a `data:image/…` address; empty until there is one.
 */
thumbnail: string, };

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

export type Silenced = "microphone" | "camera" | "share";

export type StageView = { 
/**
 * The large picture; `None` in a grid, and when there is no meeting.
 */
large: TileView | null, 
/**
 * Small pictures in a stable order, oneself last.
 */
film: Array<TileView>, 
/**
 * Whether the large one was pinned by the user.
 */
pinned: boolean, 
/**
 * The arrangement that was chosen. In a grid all pictures are in `film`, oneself last, unless one is pinned or shared.
 */
layout: Layout, };

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
away: boolean, 
/**
 * Whether an organiser.
 */
organiser: boolean, 
/**
 * Their place in the queue of raised hands, from 1.
 */
hand: number | null, };

export type View = { "type": "session" } & SessionView | { "type": "home" } & HomeView | { "type": "meeting" } & MeetingView | { "type": "room" } & RoomView | { "type": "arrival" } & ArrivalView | { "type": "check" } & CheckView | { "type": "levels" } & LevelsView | { "type": "devices" } & DevicesView | { "type": "settings" } & SettingsView | { "type": "problems", problems: Array<Problem>, } | { "type": "quality" } & QualityView | { "type": "accounts" } & AccountsView | { "type": "signIn" } & SignInView | { "type": "people" } & PeopleView | { "type": "call" } & CallView | { "type": "conversation" } & ConversationView;

export type WaitingView = { 
/**
 * Names them: `w1`.
 */
id: string, 
/**
 * The name to show.
 */
name: string, 
/**
 * Who they are: a user's identifier or a guest's e-mail address.
 */
who: string, 
/**
 * Whether it is a guest.
 */
guest: boolean, };

export type Watching = "waiting" | "asked" | "allowed" | "refused";
