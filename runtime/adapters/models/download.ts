import { open, rename, rm, stat } from 'node:fs/promises';
import { messageOf, NireonError } from '../../domain/errors.ts';
import type { PinnedFile } from './catalog.ts';
import { verifyFile } from './verify-file.ts';

export interface DownloadOptions {
  /** Bytes of the file so far, what was there before included. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
  /** Longest wait for an answer, and for each further piece of it. */
  readonly answerMs?: number;
  readonly stallMs?: number;
}

/**
 * A file from its address, in place only once its digest is verified. What a broken transfer brought stays beside it as `.part` and
 * is gone on from, in this call as long as each attempt brings something, else in the next. MODEL_DOWNLOAD_FAILED if the address does
 * not answer or not with the file; MODEL_INVALID, and nothing is kept, if it answers with another one; EFFECT_ABORTED.
 */
export async function download(url: string, path: string, pinned: PinnedFile, options: DownloadOptions = {}): Promise<void> {
  const part = `${path}.part`;
  const found = await sizeOf(part);
  let have = found;
  while (have !== pinned.bytes) {
    const before = have > pinned.bytes ? 0 : have;
    const failure = await transfer(url, { part, from: before, bytes: pinned.bytes }, options);
    if (options.signal?.aborted) throw new NireonError('EFFECT_ABORTED', `the download of ${pinned.name} was abandoned`);
    have = await sizeOf(part);
    if (have > pinned.bytes) break;
    if (have !== pinned.bytes && have <= before) throw failure ?? new NireonError('MODEL_DOWNLOAD_FAILED', `${url} ends too early`);
  }
  if ((await verifyFile(part, pinned)) !== 'verified') {
    await rm(part, { force: true });
    // What an earlier call left may be to blame.
    if (found > 0) return download(url, path, pinned, options);
    throw new NireonError('MODEL_INVALID', `${url} is not the file that is pinned (sha256 ${pinned.sha256}): it was removed again`);
  }
  await rename(part, path);
}

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

/** One request, written to the part as it comes. Returns what stopped it, if it was stopped. */
async function transfer(
  url: string,
  { part, from, bytes }: { part: string; from: number; bytes: number },
  { onBytes, signal, answerMs = 10_000, stallMs = 30_000 }: DownloadOptions,
): Promise<NireonError | undefined> {
  const patience = new AbortController();
  const outOf = (ms: number) => setTimeout(() => patience.abort(new Error(`nothing came for ${ms} ms`)), ms);
  let timer = outOf(answerMs);
  try {
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) },
      signal: signal ? AbortSignal.any([signal, patience.signal]) : patience.signal,
    });
    const goesOn = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${from}-`) === true;
    if (!response.body || (response.status !== 200 && !goesOn)) {
      await response.body?.cancel();
      return new NireonError('MODEL_DOWNLOAD_FAILED', `${url} answers ${response.status}`);
    }
    const handle = await open(part, goesOn ? 'a' : 'w');
    try {
      let have = goesOn ? from : 0;
      for await (const piece of response.body as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        await handle.writeFile(piece);
        onBytes?.((have += piece.byteLength));
        if (have > bytes) break;
        timer = outOf(stallMs);
      }
    } finally {
      await handle.close();
    }
    return undefined;
  } catch (error) {
    const cause = (error as { cause?: unknown }).cause ?? error;
    return new NireonError('MODEL_DOWNLOAD_FAILED', `${url} cannot be read: ${messageOf(cause)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
