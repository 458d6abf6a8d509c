import { isNireonError, messageOf } from '../../../domain/errors.ts';
import type { BusRequest } from '../../../ports/bus.ts';
import type { IncomingRecord } from './client.ts';
import { strangeEnvelope, versionOf, type Refusal } from './envelope.ts';

const longest = 512;

/** A CloudEvent of another system that asks for a session, or why the record is none. */
export function requestOf({ headers, value }: IncomingRecord): { readonly request: BusRequest } | { readonly refusal: Refusal } {
  const strange = strangeEnvelope(headers);
  if (strange) return { refusal: strange };
  const { ce_id: id = '', ce_source: source = '', ce_type: type = '' } = headers;
  if (id === '' || source === '' || id.length > longest || source.length > longest) {
    return {
      refusal: {
        code: 'RECORD_INVALID',
        message: `its headers ce_id and ce_source must be there, with at most ${longest} characters each`,
      },
    };
  }
  if (type !== 'session.requested') {
    return { refusal: { code: 'RECORD_FOREIGN', message: 'its ce_type is not session.requested, the one that is understood here' } };
  }
  const version = versionOf(headers['ce_dataschema']);
  if (version !== undefined && version !== 1) {
    return { refusal: { code: 'RECORD_NEWER', message: `its data is of version ${version}, and this program reads 1` } };
  }
  try {
    return { request: { source, id, data: JSON.parse(value?.toString('utf8') ?? '') as unknown } };
  } catch {
    return { refusal: { code: 'RECORD_INVALID', message: 'its value is not JSON' } };
  }
}

/** Why a request was not taken: what is wrong with it, or a bug of ours, whose words are not passed on. */
export function requestRefusal(error: unknown): Refusal {
  if (!isNireonError(error)) return { code: 'INTERNAL', message: 'it met a bug of this program' };
  const problems = error.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return { code: error.code, message: problems === '' ? messageOf(error) : problems.slice(0, 1000) };
}
