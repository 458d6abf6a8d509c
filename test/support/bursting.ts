import type { SessionFacts } from '../../runtime/domain/session.ts';
import type { Mechanism, MechanismContext, SignalDraft } from '../../runtime/ports/mechanism.ts';
import { allMechanisms } from './engine-world.ts';

/**
 * The explorer as a source of nothing but signals, `burst` of the session for each seed, and the sentinel as what takes them: each signal is a work item
 * that does nothing but wait for `take`.
 */
export function bursting(burst: (session: SessionFacts) => number, take: () => Promise<void> = async () => undefined): Mechanism[] {
  const [explorer, sentinel] = [allMechanisms.get('explorer')!, allMechanisms.get('sentinel')!];
  const signal = (ideaId: string, n: number): SignalDraft => ({
    ...{ type: 'proto.finished', subject: ideaId, depth: 1 },
    data: { ideaId, claim: `Claim ${n}.`, blockId: `block-${n}`, result: n, cpuMs: 0, image: 'none' },
  });
  return [
    {
      ...explorer,
      operations: {
        explore: {
          ...explorer.operations['explore']!,
          emits: ['proto.finished'],
          run: async ({ ideaId }: { ideaId: string }, { session }: MechanismContext) => ({
            signals: Array.from({ length: burst(session) }, (_, n) => signal(ideaId, n)),
            outcome: { result: 'done' },
          }),
        },
      },
    } as unknown as Mechanism,
    {
      ...sentinel,
      operations: {
        ...sentinel.operations,
        reassess: {
          ...sentinel.operations['reassess']!,
          run: async () => {
            await take();
            return { outcome: { result: 'done' } };
          },
        },
      },
    },
  ];
}
