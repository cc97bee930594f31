/** The codecs of Confab's media server: H.264 (constrained baseline, packetization mode 1) and Opus, with retransmission. */

export interface Codec {
  mimeType: string;
  sdpFmtpLine?: string;
}

/** Those of the browser's codecs that the media server speaks, best first; empty: there is no common one. */
export function usable<C extends Codec>(codecs: readonly C[]): C[] {
  const named = (name: string) => codecs.filter(({ mimeType }) => mimeType.toLowerCase() === name);
  const h264 = named('video/h264').filter(({ sdpFmtpLine = '' }) => sdpFmtpLine.includes('packetization-mode=1'));
  const baseline = h264.filter(({ sdpFmtpLine = '' }) => /profile-level-id=42e0/i.test(sdpFmtpLine));
  const chosen = baseline.length > 0 ? baseline : h264;
  return chosen.length > 0 ? [...chosen, ...named('video/rtx')] : [];
}

/**
 * A description for others. Candidates whose address is hidden behind a name of the local network (RFC 8828, mode 2 and
 * mDNS) are of use to nobody outside it; the media server sees our real address with the first packet.
 */
export function forOthers(sdp: string): string {
  return sdp
    .split('\r\n')
    .filter((line) => !/^a=candidate:\S+ \d+ \S+ \d+ \S+\.local /.test(line))
    .join('\r\n');
}
