import type { Intent, MemberView, RoomView, View } from '../contract';

/** How the scripted port answers what is wished in a room; `null`: it does not. */
export function answerInRoom(room: RoomView, intent: Intent): View | null {
  const view = (change: Partial<RoomView>): View => ({ ...room, ...change, type: 'room' });
  const change = (participant: string, how: Partial<MemberView>) =>
    view({
      people: room.people.map((member) => (member.participant === participant ? { ...member, ...how } : member)),
    });
  const me = room.people.find((member) => member.me)?.participant ?? '';
  switch (intent.type) {
    case 'raiseHand':
      return change(me, { hand: intent.up ? Math.max(0, ...room.people.map(({ hand }) => hand ?? 0)) + 1 : null });
    case 'lowerHand':
      return change(intent.participant, { hand: null });
    case 'silence':
      return change(
        intent.participant,
        intent.what === 'microphone'
          ? { muted: true, mutedByOrganiser: true }
          : intent.what === 'camera'
            ? { cameraOff: true }
            : { sharing: false },
      );
    case 'muteAll':
      return view({
        people: room.people.map((member) =>
          member.me || member.role === 'organiser' ? member : { ...member, muted: true, mutedByOrganiser: true },
        ),
      });
    case 'setCoOrganiser':
      return change(intent.participant, { role: intent.on ? 'co-organiser' : 'participant' });
    case 'remove':
      return view({ people: room.people.filter(({ participant }) => participant !== intent.participant) });
    case 'admit':
      return view({ waiting: intent.waiting === null ? [] : room.waiting.filter(({ id }) => id !== intent.waiting) });
    case 'refuse':
      return view({ waiting: room.waiting.filter(({ id }) => id !== intent.waiting) });
    case 'cancelInvitation':
      return view({ invited: room.invited.filter(({ id }) => id !== intent.invitation) });
    case 'setLocked':
      return view({ locked: intent.on });
    case 'setLobby':
      return view({ lobby: intent.on });
    case 'setGuests':
      return view({ guests: intent.on });
    case 'setInventedNames':
      return view({ inventedNames: intent.on });
    case 'stay':
      return view({ leaving: false });
    case 'stayMuted':
    case 'setMicrophone':
      return view({ unmuteAskedBy: null, mutedSpeaking: false });
    default:
      return null;
  }
}
