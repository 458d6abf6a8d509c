import type { OpenStores } from '../support/store-world.ts';
import { describeClaims } from './store/claims.ts';
import { describeCommits } from './store/commits.ts';
import { describeEffects } from './store/effects.ts';
import { describeReads } from './store/reads.ts';
import { describeRetention } from './store/retention.ts';
import { describeSessions } from './store/sessions.ts';

/** Every promise of runtime/ports/store.ts as tests. `open` gives a new, empty store whose clock stands at the epoch of store-records.ts. */
export function describeStore(name: string, open: OpenStores): void {
  describe(`the ${name} store`, () => {
    describeSessions(open);
    describeClaims(open);
    describeCommits(open);
    describeEffects(open);
    describeReads(open);
    describeRetention(open);
  });
}
