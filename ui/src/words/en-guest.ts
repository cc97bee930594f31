/** The words of the guest page. */
export const guest = {
  'guest.title': 'Join {room}',
  'guest.at': 'A meeting at {server}',
  'guest.name': 'Your name',
  'guest.mail': 'Your e-mail address',
  'guest.mail.why': 'Only those who run the meeting see it.',
  'guest.missing.name': 'Type the name that others will see.',
  'guest.missing.mail': 'Type an address such as ann@example.org.',
  'guest.join': 'Join',
  'guest.joining': 'Joining…',
  'guest.app': 'Open in the app',
  'guest.noRoom.title': 'This link leads nowhere',
  'guest.noRoom.text': 'It names no meeting. Ask whoever sent it for a new one.',

  'guest.check': 'Camera and sound',
  'guest.check.on': 'Turn on camera and microphone',
  'guest.check.text': 'You can look before you join. Nobody sees or hears you yet.',
  'guest.check.starting': 'Your browser may ask whether Confab may use them.',
  'guest.check.cameraOff': 'Camera off',
  'guest.speaker.test': 'Test speaker',
  'guest.speaker.playing': 'Do you hear it?',

  'guest.trouble.camera.missing': 'No camera was found. Join without one: others see your initials.',
  'guest.trouble.camera.busy':
    'Another program uses your camera. Close it and turn the camera on again, or join without.',
  'guest.trouble.camera.denied':
    'Your browser does not let Confab use the camera. Allow it beside the address of this page, or join without.',
  'guest.trouble.camera.driver': 'Your camera could not be started. You can join without it.',
  'guest.trouble.microphone.missing': 'No microphone was found. You can still listen, see and write.',
  'guest.trouble.microphone.busy':
    'Another program uses your microphone. Close it and turn the microphone on again, or join and listen.',
  'guest.trouble.microphone.denied':
    'Your browser does not let Confab use the microphone. Allow it beside the address of this page, or join and listen.',
  'guest.trouble.microphone.driver': 'Your microphone could not be started. You can join and listen.',
  'guest.trouble.insecure':
    'Browsers open cameras and microphones on secure pages only, and this one is not. You can join and listen.',
  'guest.trouble.pictures':
    'This browser cannot show the pictures of this meeting. You can listen and write, or open the app.',

  'guest.refused.noRoom': 'There is no meeting with this number or name.',
  'guest.refused.noGuests': 'This meeting lets no guests in. Ask its organiser, or open it in the app with an account.',
  'guest.refused.banned': 'You were removed from this meeting and cannot join it again.',
  'guest.refused.locked': 'The meeting is locked: nobody is let in now. Ask its organiser.',
  'guest.refused.full': 'The meeting is full. Try again when somebody has left.',
  'guest.refused.badCode': 'This invitation is no longer good. Ask for a new one.',
  'guest.refused.badName': 'This name cannot be used. Try another one.',
  'guest.refused.nameTaken': 'There is somebody of this name already. Use another one.',
  'guest.refused.badMail': 'This e-mail address cannot be used. Look whether it is right.',
  'guest.refused.tooMany': 'That was too often in too short a time. Wait a minute, then try again.',
  'guest.refused.unreachable': 'The server cannot be reached. Look whether you are online, then try again.',
  'guest.refused.failed': 'That did not work, and it is not your fault. Try again in a moment.',

  'guest.restoring': 'The connection broke and is being restored…',
  'guest.gone.left': 'You have left the meeting',
  'guest.gone.removed': 'You were removed from the meeting',
  'guest.gone.full': 'The meeting is full',
  'guest.gone.ended': 'The meeting has ended',
  'guest.gone.refused': 'You were not let in',
  'guest.gone.lost': 'The connection was lost',
  'guest.gone.text': 'You can close this page.',
  'guest.gone.lost.text': 'It did not come back within a minute.',
  'guest.gone.again': 'Join again',
};
