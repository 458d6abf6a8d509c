import { z } from 'zod';
import { NireonError } from '../domain/errors.ts';
import { frameSchema } from '../domain/frame.ts';
import { signalSchema } from '../domain/signal.ts';
import type { Store } from '../ports/store.ts';

export const placedSignalSchema = z.strictObject({ signal: signalSchema, frame: frameSchema });
export type PlacedSignal = z.infer<typeof placedSignalSchema>;

/** A signal with its frame. SIGNAL_UNKNOWN. */
export async function readSignal(store: Store, id: string): Promise<PlacedSignal> {
  const signal = await store.getSignal(id);
  const [frame] = signal === undefined ? [] : await store.frames(signal.sessionid, [signal.frameid]);
  if (signal === undefined || frame === undefined) throw new NireonError('SIGNAL_UNKNOWN', `there is no signal ${id}`);
  return { signal: signal as z.infer<typeof signalSchema>, frame };
}
