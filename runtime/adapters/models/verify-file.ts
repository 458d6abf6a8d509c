import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { PinnedFile } from './catalog.ts';

/** Whether the file is there, and is the one that is pinned. */
export async function verifyFile(path: string, pinned: Pick<PinnedFile, 'bytes' | 'sha256'>): Promise<'absent' | 'damaged' | 'verified'> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return 'absent';
  if (found.size !== pinned.bytes) return 'damaged';
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Uint8Array);
  return hash.digest('hex') === pinned.sha256 ? 'verified' : 'damaged';
}
