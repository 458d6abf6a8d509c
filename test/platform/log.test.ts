import { createLog } from '../../platform/log.ts';
import { createMemoryLog } from '../support/memory-log.ts';

class DriverError extends Error {
  override name = 'DriverError';
  code = 'ECONNREFUSED';
}
const ours = Object.assign(new Error('the store does not answer'), { name: 'NireonError', code: 'STORE_UNREACHABLE' });

describe('createLog', () => {
  it('writes one JSON object a line: time, level, the base, the fields, constant text', async () => {
    const { log, lines, text } = await createMemoryLog('info');
    log.info({ sessionId: 'ses_1', durationMs: 3, reason: undefined }, 'session finished');
    log.debug({}, 'not written');
    expect(text().split('\n')).toHaveLength(2);
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
        program: 'runtime',
        instance: 'test',
        role: 'all',
        version: '0.0.0',
        pod: 'pod-1',
        sessionId: 'ses_1',
        durationMs: 3,
        msg: 'session finished',
      },
    ]);
  });

  it('writes type, code and stack of an error, and its words only if it is one of ours', async () => {
    const { log, lines } = await createMemoryLog('info');
    log.error({ err: Object.assign(ours, { cause: new DriverError('refused: the prompt') }) }, 'store lost');
    const { err } = lines()[0] as { err: Record<string, unknown> };
    expect(err).toMatchObject({
      type: 'NireonError',
      code: 'STORE_UNREACHABLE',
      message: 'the store does not answer',
      cause: { type: 'DriverError', code: 'ECONNREFUSED' },
    });
    expect(JSON.stringify(err)).not.toContain('the prompt');
    expect(err['stack']).toMatch(/^\s+at /);
  });

  it("writes other software's words at debug", async () => {
    const { log, lines } = await createMemoryLog('debug');
    log.error({ err: new DriverError('refused') }, 'store lost');
    expect(lines()[0]).toMatchObject({ err: { message: 'refused' } });
  });

  it('survives whatever is thrown', async () => {
    const { log, lines } = await createMemoryLog('debug');
    const loop: { cause?: unknown } = {};
    loop.cause = loop;
    for (const err of [null, undefined, 'text', 7, loop, { stack: 5 }, Object.create(null)]) log.error({ err }, 'thrown');
    expect(lines()).toHaveLength(7);
  });

  it('masks the values it was told of, wherever they stand', async () => {
    const { log, text } = await createMemoryLog('debug', ['my "own" secret']);
    log.info({ detail: 'x my "own" secret', usage: { a: ['my "own" secret'] } }, 'told');
    expect(text()).not.toContain('own');
  });

  it('draws a line for people in the format pretty', async () => {
    let text = '';
    const to = { write: (line: string) => void (text += line) };
    const log = await createLog({ level: 'info', format: 'pretty', base: { program: 'runtime' }, secrets: ['canary-1'], to });
    log.warn({ model: 'mini', detail: 'canary-1' }, 'call goes on');
    expect(text).toMatch(/WARN.*: call goes on\n/);
    expect(text).toContain('mini');
    expect(text).not.toContain('canary-1');
  });
});
