import type { guest as english } from './en-guest';

/** German words of the guest page; part of `de`. */
export const guest: Record<keyof typeof english, string> = {
  'guest.title': '{room} beitreten',
  'guest.at': 'Eine Besprechung bei {server}',
  'guest.name': 'Ihr Name',
  'guest.mail': 'Ihre E-Mail-Adresse',
  'guest.mail.why': 'Nur wer die Besprechung leitet, sieht sie.',
  'guest.missing.name': 'Geben Sie den Namen ein, den die anderen sehen.',
  'guest.missing.mail': 'Geben Sie eine Adresse wie anna@example.org ein.',
  'guest.join': 'Beitreten',
  'guest.joining': 'Beitritt läuft…',
  'guest.app': 'In der App öffnen',
  'guest.noRoom.title': 'Dieser Link führt nirgendwohin',
  'guest.noRoom.text': 'Er nennt keine Besprechung. Bitten Sie um einen neuen.',
  'guest.check': 'Kamera und Ton',
  'guest.check.on': 'Kamera und Mikrofon einschalten',
  'guest.check.text': 'Sehen Sie nach, bevor Sie beitreten. Noch sieht und hört Sie niemand.',
  'guest.check.starting': 'Vielleicht fragt Ihr Browser, ob Confab sie benutzen darf.',
  'guest.check.cameraOff': 'Kamera aus',
  'guest.speaker.test': 'Lautsprecher prüfen',
  'guest.speaker.playing': 'Hören Sie es?',
  'guest.trouble.camera.missing': 'Keine Kamera gefunden. Treten Sie ohne bei: Die anderen sehen Ihre Initialen.',
  'guest.trouble.camera.busy':
    'Ein anderes Programm benutzt Ihre Kamera. Schließen Sie es und schalten Sie die Kamera wieder ein, oder treten Sie ohne bei.',
  'guest.trouble.camera.denied':
    'Ihr Browser lässt Confab die Kamera nicht benutzen. Erlauben Sie es neben der Adresse dieser Seite, oder treten Sie ohne bei.',
  'guest.trouble.camera.driver': 'Ihre Kamera ließ sich nicht starten. Sie können ohne beitreten.',
  'guest.trouble.microphone.missing': 'Kein Mikrofon gefunden. Sie können zuhören, zusehen und schreiben.',
  'guest.trouble.microphone.busy':
    'Ein anderes Programm benutzt Ihr Mikrofon. Schließen Sie es und schalten Sie das Mikrofon wieder ein, oder hören Sie zu.',
  'guest.trouble.microphone.denied':
    'Ihr Browser lässt Confab das Mikrofon nicht benutzen. Erlauben Sie es neben der Adresse dieser Seite, oder hören Sie zu.',
  'guest.trouble.microphone.driver': 'Ihr Mikrofon ließ sich nicht starten. Sie können beitreten und zuhören.',
  'guest.trouble.insecure':
    'Browser öffnen Kameras und Mikrofone nur auf sicheren Seiten, und diese ist keine. Sie können beitreten und zuhören.',
  'guest.trouble.pictures':
    'Dieser Browser kann die Bilder dieser Besprechung nicht zeigen. Sie können zuhören und schreiben, oder die App öffnen.',
  'guest.refused.noRoom': 'Es gibt keine Besprechung mit dieser Nummer oder diesem Namen.',
  'guest.refused.noGuests':
    'Diese Besprechung lässt keine Gäste ein. Fragen Sie die Leitung, oder öffnen Sie sie in der App mit einem Konto.',
  'guest.refused.banned': 'Sie wurden aus dieser Besprechung entfernt und können ihr nicht wieder beitreten.',
  'guest.refused.locked': 'Die Besprechung ist gesperrt: Gerade kommt niemand hinein. Fragen Sie die Leitung.',
  'guest.refused.full': 'Die Besprechung ist voll. Versuchen Sie es wieder, wenn jemand gegangen ist.',
  'guest.refused.badCode': 'Diese Einladung gilt nicht mehr. Bitten Sie um eine neue.',
  'guest.refused.badName': 'Dieser Name kann nicht benutzt werden. Versuchen Sie einen anderen.',
  'guest.refused.nameTaken': 'Diesen Namen hat schon jemand. Nehmen Sie einen anderen.',
  'guest.refused.badMail': 'Diese E-Mail-Adresse kann nicht benutzt werden. Sehen Sie nach, ob sie stimmt.',
  'guest.refused.tooMany': 'Das war zu oft in zu kurzer Zeit. Warten Sie eine Minute und versuchen Sie es dann wieder.',
  'guest.refused.unreachable':
    'Der Server ist nicht zu erreichen. Sehen Sie nach, ob Sie online sind, und versuchen Sie es wieder.',
  'guest.refused.failed': 'Das hat nicht geklappt, und es liegt nicht an Ihnen. Versuchen Sie es gleich noch einmal.',
  'guest.restoring': 'Die Verbindung ist abgerissen und wird wiederhergestellt…',
  'guest.gone.left': 'Sie haben die Besprechung verlassen',
  'guest.gone.removed': 'Sie wurden aus der Besprechung entfernt',
  'guest.gone.full': 'Die Besprechung ist voll',
  'guest.gone.ended': 'Die Besprechung ist zu Ende',
  'guest.gone.refused': 'Sie wurden nicht eingelassen',
  'guest.gone.lost': 'Die Verbindung ist verloren gegangen',
  'guest.gone.text': 'Sie können diese Seite schließen.',
  'guest.gone.lost.text': 'Sie kam innerhalb einer Minute nicht zurück.',
  'guest.gone.again': 'Wieder beitreten',
};
