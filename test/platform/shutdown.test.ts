import { EventEmitter, once } from 'node:events';
import { onShutdown } from '../../platform/shutdown.ts';

function createProcess() {
  const emitter = new EventEmitter();
  const exits: number[] = [];
  return { emitter, exits, process: Object.assign(emitter, { exit: (code: number) => void (exits.push(code), emitter.emit('exited')) }) };
}

describe('onShutdown', () => {
  it('drains at the first signal and exits with the code of the drain', async () => {
    const { process, emitter, exits } = createProcess();
    const drained: string[] = [];
    onShutdown({ process, graceMs: 10_000, drain: async (signal) => (drained.push(signal), 0) });
    const exited = once(emitter, 'exited');
    emitter.emit('SIGTERM');
    await exited;
    expect([drained, exits]).toEqual([['SIGTERM'], [0]]);
  });

  it('exits at once at the second signal', () => {
    const { process, emitter, exits } = createProcess();
    let drains = 0;
    onShutdown({ process, graceMs: 100, drain: () => (drains++, new Promise(() => undefined)) });
    emitter.emit('SIGTERM');
    expect(exits).toEqual([]);
    emitter.emit('SIGINT');
    expect([drains, exits]).toEqual([1, [130]]);
  });

  it('exits with 1 when the drain fails, and when it takes longer than the grace period', async () => {
    for (const drain of [async () => Promise.reject(new Error('no')), () => new Promise<number>(() => undefined)]) {
      const { process, emitter, exits } = createProcess();
      onShutdown({ process, graceMs: 1, drain });
      const exited = once(emitter, 'exited');
      emitter.emit('SIGTERM');
      await exited;
      expect(exits).toEqual([1]);
    }
  });

  it('takes its listeners away', () => {
    const { process, emitter, exits } = createProcess();
    onShutdown({ process, graceMs: 1, drain: async () => 0 })();
    emitter.emit('SIGINT');
    expect([emitter.listenerCount('SIGTERM'), exits]).toEqual([0, []]);
  });
});
