import type { Signal } from '../../runtime/domain/signal.ts';
import type { Bus, SignalNotice } from '../../runtime/ports/bus.ts';
import { planted } from '../support/store-records.ts';
import { until } from '../support/until.ts';

export interface BusesGiven {
  /** Another process's bus on the same channel, or the same bus where there is only one process. Closed by the caller of the contract. */
  open(): Promise<Bus>;
}

let made = 0;
export const someSignal = (sessionId = 's1'): Signal => ({ ...planted(sessionId, `signal-${++made}`), sequence: made });

/** What ports/bus.ts promises, of a bus that is connected. */
export function describeBus(name: string, given: () => Promise<BusesGiven>): void {
  describe(`a ${name} bus`, () => {
    let buses: Bus[];
    let open: () => Promise<Bus>;
    beforeEach(async () => {
      const world = await given();
      buses = [];
      open = async () => {
        const bus = await world.open();
        buses.push(bus);
        return bus;
      };
    });
    afterEach(() => Promise.all(buses.map((bus) => bus.close())));

    const listen = async (bus: Bus, group: string): Promise<SignalNotice[]> => {
      const heard: SignalNotice[] = [];
      await bus.subscribe(group, async (notice) => void heard.push(notice));
      return heard;
    };
    const hears = (heard: readonly SignalNotice[], signals: readonly Signal[]): Promise<void> =>
      until('every signal is heard', () => signals.every(({ id }) => heard.some(({ signalId }) => signalId === id)));

    it('tells each group of each signal, with the ids to claim by', async () => {
      const [one, other] = [await open(), await open()];
      const heard = [await listen(one, 'explorers'), await listen(other, 'sentinels')];
      const signals = [someSignal('s1'), someSignal('s2')];
      await one.publish(signals);
      for (const notices of heard) {
        await hears(notices, signals);
        for (const { id, sessionid, type } of signals) expect(notices).toContainEqual({ sessionId: sessionid, signalId: id, type });
      }
    });

    it('takes many signals at once, and none', async () => {
      const [one, other] = [await open(), await open()];
      const heard = await listen(other, 'all');
      const signals = Array.from({ length: 700 }, () => someSignal('a-session-with-a-rather-long-name/ünïcödé'));
      await one.publish([]);
      await one.publish(signals);
      await hears(heard, signals);
    });

    it('goes on after a handler that throws', async () => {
      const [one, other] = [await open(), await open()];
      await other.subscribe('all', async () => Promise.reject(new Error('planted')));
      const heard = await listen(other, 'all');
      const [first, second] = [someSignal(), someSignal()];
      await one.publish([first]);
      await hears(heard, [first]);
      await one.publish([second]);
      await hears(heard, [second]);
    });

    it('ends a subscription after its running handlers, and not before', async () => {
      const bus = await open();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const events: string[] = [];
      const unsubscribe = await bus.subscribe('all', async () => {
        events.push('began');
        await held;
        events.push('ended');
      });
      await bus.publish([someSignal()]);
      await until('the handler runs', () => events.length > 0);
      const over = unsubscribe().then(() => events.push('unsubscribed'));
      release();
      await over;
      expect(events).toEqual(['began', 'ended', 'unsubscribed']);
      const after = await listen(bus, 'all');
      const last = someSignal();
      await bus.publish([last]);
      await hears(after, [last]);
      expect(events).toHaveLength(3);
    });

    it('is well while it is open, says so when it is not, and waits for running handlers when it closes', async () => {
      const bus = await open();
      const events: string[] = [];
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      await bus.subscribe('all', async () => {
        events.push('began');
        await held;
        events.push('ended');
      });
      expect(await bus.health()).toMatchObject({ ok: true });
      await bus.publish([someSignal()]);
      await until('the handler runs', () => events.length > 0);
      const over = bus.close().then(() => events.push('closed'));
      release();
      await over;
      expect(events).toEqual(['began', 'ended', 'closed']);
      expect(await bus.health()).toMatchObject({ ok: false });
    });
  });
}
