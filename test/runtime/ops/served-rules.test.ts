import type { EngineEvent } from '../../../runtime/domain/engine-event.ts';
import { createUnservedWatch, servedRules } from '../../../runtime/served-rules.ts';

const rule = (id: string, to: string) => ({ id, on: 'seed.created', to, input: {}, priority: 100 });

describe('servedRules', () => {
  it('parts the rules by whose mechanisms are enabled', () => {
    const rules = [rule('explore', 'explorer.propose'), rule('judge', 'sentinel.assess'), rule('again', 'sentinel.assess')];
    expect(servedRules(rules, ['explorer', 'planner'])).toEqual({
      here: ['explore'],
      elsewhere: ['judge', 'again'],
      missing: ['sentinel'],
    });
    expect(servedRules(rules, ['explorer', 'sentinel'])).toEqual({ here: ['explore', 'judge', 'again'], elsewhere: [], missing: [] });
  });
});

describe('createUnservedWatch', () => {
  const waiting = { mechanism: 'sentinel', state: 'ready', count: 7 } as const;
  const running = { mechanism: 'sentinel', state: 'running', count: 1 } as const;
  const setUp = (enabled: readonly string[]) => {
    const events: EngineEvent[] = [];
    const see = createUnservedWatch(enabled, (event) => events.push(event));
    return { events, see: (...work: readonly (typeof waiting | typeof running)[]) => see({ work }) };
  };

  it('warns once of work that three looks in a row found waiting', () => {
    const { events, see } = setUp(['explorer']);
    see(waiting);
    see(waiting);
    expect(events).toEqual([]);
    for (let n = 0; n < 4; n++) see(waiting);
    expect(events).toEqual([
      {
        type: 'notice',
        code: 'MECHANISM_UNSERVED',
        message: '7 work items wait for sentinel, and no process takes them: name it under `mechanisms` of one that runs',
      },
    ]);
  });

  it('begins anew when somebody took some', () => {
    const { events, see } = setUp(['explorer']);
    see(waiting);
    see(waiting);
    see(waiting, running);
    see(waiting);
    see(waiting);
    expect(events).toEqual([]);
    see(waiting);
    expect(events.length).toBe(1);
  });

  it('says nothing of what is enabled here', () => {
    const { events, see } = setUp(['sentinel']);
    for (let n = 0; n < 5; n++) see(waiting);
    expect(events).toEqual([]);
  });
});
