import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { onStopSignal } from '../../platform/shutdown.ts';

function setUp() {
  const exits: number[] = [];
  const drained: string[] = [];
  const process = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  const forget = onStopSignal(process, (signal) => void drained.push(signal));
  return { send: (signal: string) => process.emit(signal, signal), exits, drained, process, forget };
}

describe('onStopSignal', () => {
  it.each(['SIGTERM', 'SIGINT'])('drains at the first %s and does not exit', (signal) => {
    const { send, drained, exits } = setUp();
    send(signal);
    expect([drained, exits]).toEqual([[signal], []]);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ])('exits at once when the second is %s', (signal, code) => {
    const { send, drained, exits } = setUp();
    send('SIGTERM');
    send(signal);
    expect([drained, exits]).toEqual([['SIGTERM'], [code]]);
  });

  it('takes its listeners away', () => {
    const { process, forget, send, drained } = setUp();
    forget();
    send('SIGTERM');
    expect([process.listenerCount('SIGTERM'), process.listenerCount('SIGINT'), drained]).toEqual([0, 0, []]);
  });

  it('ends a real process that will not drain', async () => {
    const url = new URL('../../platform/shutdown.ts', import.meta.url).href;
    const body = `const { onStopSignal } = await import(${JSON.stringify(url)}); setInterval(() => undefined, 1000);
      onStopSignal(process, () => console.log('draining')); console.log('up');`;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', body], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said === 'up\n') child.kill('SIGTERM');
      if (said === 'up\ndraining\n') child.kill('SIGINT');
    }
    expect([said, await exited]).toEqual(['up\ndraining\n', [130, null]]);
  });
});
