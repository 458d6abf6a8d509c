import { checkRenewal } from '../../../runtime/liveness.ts';

describe('checkRenewal', () => {
  it('bears 15 s without a renewal, and no more', () => {
    expect(checkRenewal(0)).toEqual({ ok: true });
    expect(checkRenewal(15_000)).toEqual({ ok: true });
    expect(checkRenewal(15_001)).toEqual({
      ok: false,
      code: 'WORKER_STUCK',
      message: 'work items run, and no lease was renewed for 15 s',
    });
  });
});
