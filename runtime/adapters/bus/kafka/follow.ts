import { setTimeout as pause } from 'node:timers/promises';
import type { Consuming, ConsumeOptions, KafkaClient } from './client.ts';

export interface Following {
  /** Resolves after the first attempt to join, however it went. */
  readonly tried: Promise<void>;
  /** Resolves when what is being handled is done, its offsets are committed and the group is left. */
  stop(): Promise<void>;
}

export interface FollowOptions extends ConsumeOptions {
  readonly client: KafkaClient;
  /** Resolves when there is something to join. */
  readonly ready: Promise<void>;
  readonly joined: () => void;
  readonly failed: (error: unknown) => void;
}

const retryMs = { least: 200, most: 5000 };

/** Stays in a group: joins again, however its membership ends. */
export function follow({ client, ready, joined, failed, ...options }: FollowOptions): Following {
  const stopping = new AbortController();
  const { signal } = stopping;
  let now: Consuming | undefined;
  let tell = (): void => undefined;
  const tried = new Promise<void>((resolve) => (tell = resolve));
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

  async function stay(): Promise<void> {
    await Promise.race([ready, stopped]);
    for (let waitMs = retryMs.least; !signal.aborted; waitMs = Math.min(waitMs * 2, retryMs.most)) {
      try {
        now = await client.consume(options);
        waitMs = retryMs.least;
        joined();
        tell();
        const why = await Promise.race([now.ended, stopped]);
        await now.stop();
        if (!signal.aborted) failed(why);
      } catch (error) {
        failed(error);
      }
      now = undefined;
      tell();
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
    }
    tell();
  }
  const over = stay();
  return {
    tried,
    async stop() {
      stopping.abort();
      await over;
    },
  };
}
