import type { EventPlace } from '../domain/engine-event.ts';
import type { WorkItem } from '../domain/work.ts';

/** Where in its session an item stands, as events name it. */
export const placeOf = (item: WorkItem): Required<Pick<EventPlace, 'sessionId' | 'frameId' | 'signalId' | 'workId'>> => ({
  sessionId: item.sessionId,
  frameId: item.frameId,
  signalId: item.signalId,
  workId: item.id,
});
