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

export interface DurableBusesGiven extends BusesGiven {
  /** One whose process can be taken from the network for good: it hears and says nothing from then on. */
  openCut(): Promise<{ readonly bus: Bus; cut(): void }>;
}

/** What a bus promises more where it keeps signals: in the order of each session, from where a group left off, until they were handled. */
export function describeDurableBus(name: string, given: () => Promise<DurableBusesGiven>): void {
  describe(`a durable ${name} bus`, () => {
    let buses: Bus[];
    let world: DurableBusesGiven;
    beforeEach(async () => {
      world = await given();
      buses = [];
    });
    afterEach(() => Promise.all(buses.map((bus) => bus.close())));
    const open = async (): Promise<Bus> => {
      const bus = await world.open();
      buses.push(bus);
      return bus;
    };
    const listen = async (bus: Bus, heard: SignalNotice[] = []): Promise<SignalNotice[]> => {
      await bus.subscribe('all', async (notice) => void heard.push(notice));
      return heard;
    };
    const ids = (notices: readonly SignalNotice[]): string[] => notices.map(({ signalId }) => signalId);

    it('tells the signals of a session in the order in which one process published them', async () => {
      const [one, other] = [await open(), await open()];
      const heard = await listen(other);
      const signals = Array.from({ length: 400 }, (_, i) => someSignal(`session-${i % 5}`));
      await Promise.all(Array.from({ length: 40 }, (_, i) => one.publish(signals.slice(10 * i, 10 * i + 10))));
      await until('all are heard', () => signals.every(({ id }) => ids(heard).includes(id)));
      for (const session of new Set(signals.map(({ sessionid }) => sessionid))) {
        const told = [...new Set(ids(heard.filter(({ sessionId }) => sessionId === session)))];
        expect(told).toEqual(signals.filter(({ sessionid }) => sessionid === session).map(({ id }) => id));
      }
    });

    it('loses nothing while processes come to a group and go', async () => {
      const [sender, first] = [await open(), await open()];
      const heard = await listen(first);
      const signals: Signal[] = [];
      const send = async (times: number): Promise<void> => {
        for (let i = 0; i < times; i += 1) {
          const some = Array.from({ length: 5 }, (_, n) => someSignal(`session-${n}`));
          signals.push(...some);
          await sender.publish(some);
        }
      };
      await send(10);
      const second = await open();
      await Promise.all([listen(second, heard), send(40)]);
      await Promise.all([first.close(), send(40)]);
      await send(10);
      await until('all are heard', () => signals.every(({ id }) => ids(heard).includes(id)), 30_000);
    }, 60_000);

    it('goes on after a restart from where the group was', async () => {
      const [sender, first] = [await open(), await open()];
      const before = someSignal();
      const heard = await listen(first);
      await sender.publish([before]);
      await until('it is heard', () => heard.length > 0);
      await first.close();
      const meanwhile = someSignal();
      await sender.publish([meanwhile]);
      const again = await listen(await open());
      await until('what came meanwhile is heard', () => again.length > 0);
      expect(ids(again)).toEqual([meanwhile.id]);
    });

    it('tells again what was not handled to the end when its process was lost', async () => {
      const sender = await open();
      const { bus: lost, cut } = await world.openCut();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const began: string[] = [];
      await lost.subscribe('all', async ({ signalId }) => {
        began.push(signalId);
        await held;
      });
      const signal = someSignal();
      await sender.publish([signal]);
      await until('it is begun', () => began.includes(signal.id));
      cut();
      const heard = await listen(await open());
      await until('it is told to the other', () => ids(heard).includes(signal.id), 40_000);
      release();
      await lost.close();
    }, 60_000);
  });
}
