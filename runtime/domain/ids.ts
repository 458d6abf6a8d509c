import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 base32, lower case, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31]!;
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31]! : text;
}

type Part = string | number;

function h(prefix: string, ...parts: Part[]): string {
  const hash = createHash('sha256').update(canonicalJson(parts)).digest();
  return `${prefix}_${base32(hash.subarray(0, 16))}`;
}

/*
 * Ids follow from what a record is, never from when or by whom it was made: so a repeated item makes the same records,
 * and every layout of workers the same history.
 */
export const ideaId = (workId: string, index: number): string => h('ide', workId, 'idea', index);
export const seedId = (sessionId: string, index: number): string => h('ide', sessionId, 'seed', index);
export const signalId = (workId: string, index: number): string => h('sig', workId, 'signal', index);
export const seedSignalId = (sessionId: string, index: number): string => h('sig', sessionId, 'seed', index);
/** An item that was brought back may die again: `retries` tells the deaths apart. */
export const deadSignalId = (workId: string, retries: number): string =>
  retries === 0 ? h('sig', workId, 'dead') : h('sig', workId, 'dead', retries);
export const assessmentId = (workId: string, index: number): string => h('asm', workId, 'assessment', index);
/** The unscored assessment that a dead item leaves behind. */
export const deadAssessmentId = (workId: string, index: number): string => h('asm', workId, 'dead', index);
export const traceId = (workId: string, index: number): string => h('trc', workId, 'trace', index);
export const effectId = (workId: string, name: string, ordinal: number): string => h('eff', workId, name, ordinal);
export const workId = (signal: string, rule: string): string => h('wrk', signal, rule);
export const ruleFrameId = (work: string): string => h('frm', work, 'frame');
export const rootFrameId = (sessionId: string): string => h('frm', sessionId, 'root');
export const levelFrameId = (sessionId: string, round: number): string => h('frm', sessionId, 'level', round);
export const levelSignalId = (frameId: string): string => h('sig', frameId, 'assessed');
export const finishedSignalId = (sessionId: string): string => h('sig', sessionId, 'finished');

/** The session that another system asked for: the same for the same source and id. */
export const requestedSessionId = (source: string, id: string): string => h('ses', source, id);

/** A session id from 16 random bytes. */
export const newSessionId = (random: Uint8Array): string => `ses_${base32(random.subarray(0, 16))}`;

/** W3C trace context: the trace is the session, the span is the signal. */
export function traceParent(sessionId: string, signal: string): string {
  const hex = (text: string, length: number): string => createHash('sha256').update(text).digest('hex').slice(0, length);
  return `00-${hex(sessionId, 32)}-${hex(signal, 16)}-01`;
}
