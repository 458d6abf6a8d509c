import { NireonError } from '../../domain/errors.ts';
import type { Sandbox } from '../../ports/sandbox.ts';

/** Where no sandbox is configured: every run is refused, so that sessions close over it. */
export function createRefusingSandbox(): Sandbox {
  return {
    offer: undefined,
    run: async () => {
      throw new NireonError('SANDBOX_DISABLED', 'no sandbox is configured; programs of models run nowhere else');
    },
    health: async () => ({ ok: true, detail: 'none configured: programs are refused' }),
    close: async () => undefined,
  };
}
