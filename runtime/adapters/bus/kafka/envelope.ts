import { z } from 'zod';
import type { ErrorCode } from '../../../domain/errors.ts';
import type { Signal } from '../../../domain/signal.ts';
import type { SignalNotice } from '../../../ports/bus.ts';
import type { IncomingRecord, OutgoingRecord } from './client.ts';

/** A signal as a CloudEvent in binary mode: attributes are headers `ce_…`, the data is the value. Key: its session. */
export function recordOf({ data, datacontenttype, ...attributes }: Signal): OutgoingRecord {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)] as const);
  return {
    key: attributes.sessionid,
    value: Buffer.from(JSON.stringify(data)),
    headers: { 'content-type': datacontenttype, ...Object.fromEntries(headers) },
  };
}

/** Why a record is not for us: how it is counted, and a sentence. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

const id = z.string().min(1).max(512);
const ours = z.object({ ce_id: id, ce_sessionid: id, ce_type: z.string().min(1).max(128) });

/** Reads the headers alone: what the signal says is in the store. */
export function noticeOf(record: IncomingRecord): { readonly notice: SignalNotice } | { readonly refusal: Refusal } {
  const { headers } = record;
  const strange = strangeEnvelope(headers) ?? strangeSchema(headers['ce_dataschema']);
  if (strange) return { refusal: strange };
  const read = ours.safeParse(headers);
  if (!read.success) {
    const names = read.error.issues.map((issue) => issue.path.join('.')).join(', ');
    return { refusal: { code: 'RECORD_INVALID', message: `its headers ${names} are missing or too long` } };
  }
  const { ce_id: signalId, ce_sessionid: sessionId, ce_type: type } = read.data;
  return { notice: { sessionId, signalId, type } };
}

/** Of any CloudEvent in binary mode. */
export function strangeEnvelope(headers: IncomingRecord['headers']): Refusal | undefined {
  const version = headers['ce_specversion'];
  if (version === undefined)
    return { code: 'RECORD_FOREIGN', message: 'it is no CloudEvent in binary mode: it has no header ce_specversion' };
  if (version !== '1.0') {
    return { code: 'RECORD_NEWER', message: `it is a CloudEvent of version ${version.slice(0, 20)}, and this program reads 1.0` };
  }
  return undefined;
}

function strangeSchema(schema: string | undefined): Refusal | undefined {
  const version = versionOf(schema);
  if (version === undefined) {
    return { code: 'RECORD_FOREIGN', message: 'it is no signal of NIREON: its header ce_dataschema names no schema of ours' };
  }
  return version === 1 ? undefined : { code: 'RECORD_NEWER', message: `its data is of version ${version}, and this program reads 1` };
}

/** Of what the data must be, where the schema is one of ours. */
export function versionOf(schema = ''): number | undefined {
  const [, version] = /^https:\/\/nireon\.dev\/schemas\/[^/]+\/v(\d{1,6})$/.exec(schema) ?? [];
  return version === undefined ? undefined : Number(version);
}
