import { compatibilityPartitioner } from '@platformatic/kafka';
import { Partitioners } from 'kafkajs';
import type { KafkaAddress, KafkaClient } from '../../runtime/adapters/bus/kafka/client.ts';
import { recordOf } from '../../runtime/adapters/bus/kafka/envelope.ts';
import { createKafkaBus } from '../../runtime/adapters/bus/kafka/index.ts';
import { createKafkajsClient } from '../../runtime/adapters/bus/kafka/kafkajs.ts';
import { partitionOf } from '../../runtime/adapters/bus/kafka/partition-of.ts';
import { createPlatformaticClient } from '../../runtime/adapters/bus/kafka/platformatic.ts';
import type { EngineEvent } from '../../runtime/domain/engine-event.ts';
import { NireonError } from '../../runtime/domain/errors.ts';
import type { Bus, BusRequest } from '../../runtime/ports/bus.ts';
import { readTopic } from '../support/read-topic.ts';
import { until } from '../support/until.ts';
import { findKafka, type Kafka, startKafka } from '../testbed/kafka.ts';
import { startTcpProxy, type TcpProxy } from '../testbed/tcp-proxy.ts';
import { describeBus, describeDurableBus, someSignal } from './bus-contract.ts';

const clients = { platformatic: createPlatformaticClient, kafkajs: createKafkajsClient };

(findKafka() === undefined ? describe.skip : describe)('on a broker', () => {
  let server: Kafka;
  let proxy: TcpProxy;
  let prefixes = 0;
  beforeAll(async () => {
    server = await startKafka({ through: async (broker) => (proxy = await startTcpProxy(broker)) });
  }, 120_000);
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });
  const direct = (): KafkaAddress => ({ bootstrapServers: [server.brokers[0]!.address] });

  describe.each(Object.entries(clients))('by %s', (name, createClient) => {
    const busAt = (topicPrefix: string, address = direct(), observe: (event: EngineEvent) => void = () => undefined): Bus =>
      createKafkaBus({
        client: createClient(address),
        place: address.bootstrapServers.join(', '),
        topicPrefix,
        topics: { management: 'Create', partitions: 3, replicationFactor: 1 },
        observe,
      });

    describeBus(name, async () => {
      const prefix = `bus${++prefixes}`;
      return { open: async () => busAt(prefix) };
    });

    describeDurableBus(name, async () => {
      const prefix = `bus${++prefixes}`;
      proxy.set('none');
      return {
        open: async () => busAt(prefix),
        openCut: async () => ({
          bus: busAt(prefix, { bootstrapServers: [server.brokers[0]!.throughAddress] }),
          cut() {
            proxy.set('refuse');
            proxy.cut();
          },
        }),
      };
    });

    describe('among records of others', () => {
      let events: EngineEvent[];
      let prefix: string;
      let bus: Bus;
      let foreign: KafkaClient;
      beforeEach(() => {
        events = [];
        prefix = `bus${++prefixes}`;
        bus = busAt(prefix, direct(), (event) => void events.push(event));
        foreign = createClient(direct());
      });
      afterEach(async () => {
        await bus.close();
        await foreign.close();
      });
      const refusals = () => events.flatMap((event) => (event.type === 'bus-record-refused' ? [event] : []));
      const good = (id: string) => ({ ce_specversion: '1.0', ce_id: id, ce_source: '/others', ce_type: 'session.requested' });

      it('puts aside what is no signal, with the reason, and goes on behind it', async () => {
        const heard: string[] = [];
        await bus.subscribe('all', async ({ signalId }) => void heard.push(signalId));
        const ours = recordOf(someSignal('s1'));
        const schema = ours.headers['ce_dataschema']!;
        const { ce_id: _, ...nameless } = ours.headers;
        const strange = [
          { ...ours, headers: {}, value: Buffer.from([0xff, 0x00]) },
          { ...ours, headers: {}, value: null },
          { ...ours, headers: { ...ours.headers, ce_specversion: '2.0' } },
          { ...ours, headers: { ...ours.headers, ce_dataschema: schema.replace('/v1', '/v2') } },
          { ...ours, headers: { ...ours.headers, ce_dataschema: 'https://others.example/schema' } },
          { ...ours, headers: nameless },
          { ...ours, headers: { ...ours.headers, ce_sessionid: 'x'.repeat(5000) } },
        ];
        const partition = partitionOf('s1', 3);
        await foreign.produce(`${prefix}.signals`, partition, strange);
        const signal = someSignal('s1');
        await bus.publish([signal]);
        await until('the signal behind them is heard', () => heard.includes(signal.id));
        await until('all are put aside', async () => (await readTopic(direct(), `${prefix}.dead`)).length === strange.length);
        const codes = [
          'RECORD_FOREIGN',
          'RECORD_FOREIGN',
          'RECORD_NEWER',
          'RECORD_NEWER',
          'RECORD_FOREIGN',
          'RECORD_INVALID',
          'RECORD_INVALID',
        ];
        expect(refusals().map(({ code }) => code)).toEqual(codes);
        const dead = await readTopic(direct(), `${prefix}.dead`);
        expect(dead.map(({ headers }) => headers['nireon_code'])).toEqual(codes);
        expect(dead[3]).toMatchObject({
          value: ours.value!.toString(),
          headers: {
            ce_sessionid: 's1',
            nireon_topic: `${prefix}.signals`,
            nireon_partition: String(partition),
            nireon_group: `${prefix}.all`,
            nireon_reason: 'its data is of version 2, and this program reads 1',
          },
        });
      });

      it('takes requests of others, and puts aside what is none or is not taken', async () => {
        const taken: BusRequest[] = [];
        await bus.receive!(async (request) => {
          if ((request.data as { bad?: boolean }).bad) {
            throw new NireonError('REQUEST_INVALID', 'seeds: is missing', { problems: [{ path: 'seeds', message: 'is missing' }] });
          }
          taken.push(request);
        });
        const record = (headers: Record<string, string>, value: string) => ({ key: 'k', headers, value: Buffer.from(value) });
        const { ce_source: _, ...sourceless } = good('5');
        await until('the topics are there', async () => (await bus.health()).ok);
        await foreign.produce(`${prefix}.inbox`, 0, [
          record(good('1'), '{"objective":"x"}'),
          record({}, '{"specversion":"1.0"}'),
          record(good('2'), 'not JSON'),
          record({ ...good('3'), ce_type: 'order.placed' }, '{}'),
          record({ ...good('4'), ce_dataschema: 'https://nireon.dev/schemas/session.requested/v2' }, '{}'),
          record(sourceless, '{}'),
          record(good('6'), '{"bad":true}'),
          record(good('7'), '{"objective":"y"}'),
        ]);
        await until('the last is taken', () => taken.length === 2);
        expect(taken).toEqual([
          { source: '/others', id: '1', data: { objective: 'x' } },
          { source: '/others', id: '7', data: { objective: 'y' } },
        ]);
        expect(refusals().map(({ code, message }) => [code, message])).toEqual([
          ['RECORD_FOREIGN', 'it is no CloudEvent in binary mode: it has no header ce_specversion'],
          ['RECORD_INVALID', 'its value is not JSON'],
          ['RECORD_FOREIGN', 'its ce_type is not session.requested, the one that is understood here'],
          ['RECORD_NEWER', 'its data is of version 2, and this program reads 1'],
          ['RECORD_INVALID', 'its headers ce_id and ce_source must be there, with at most 512 characters each'],
          ['REQUEST_INVALID', 'seeds: is missing'],
        ]);
        expect(await readTopic(direct(), `${prefix}.dead`)).toHaveLength(6);
      });

      it('takes a request again that was under way when it closed', async () => {
        await bus.receive!(
          async (_, abort) => new Promise((_resolve, reject) => abort.addEventListener('abort', () => reject(new Error('ended')))),
        );
        await until('the topics are there', async () => (await bus.health()).ok);
        await foreign.produce(`${prefix}.inbox`, 0, [{ key: 'k', headers: good('1'), value: Buffer.from('{}') }]);
        await until('it waits', async () => (await foreign.lag(`${prefix}.inbox`, `${prefix}.inbox`).catch(() => undefined))?.get(0) === 1);
        await bus.close();
        bus = busAt(prefix);
        const taken: string[] = [];
        await bus.receive!(async ({ id }) => void taken.push(id));
        await until('it is taken', () => taken.length > 0);
        expect([taken, refusals()]).toEqual([['1'], []]);
      });

      it('lets the lag of its group show what waits', async () => {
        let release = (): void => undefined;
        const held = new Promise<void>((resolve) => (release = resolve));
        await bus.subscribe('all', async () => held);
        await bus.publish(Array.from({ length: 30 }, () => someSignal('s1')));
        // A group that was just made has no coordinator for a moment.
        const lag = async () => {
          const waiting = await foreign.lag(`${prefix}.all`, `${prefix}.signals`).catch(() => new Map([[0, -1]]));
          return [...waiting.values()].reduce((sum, each) => sum + each, 0);
        };
        await until('they wait', async () => (await lag()) === 30);
        release();
        await until('none waits', async () => (await lag()) === 0);
      });
    });
  });

  it('chooses the partition that both libraries choose', () => {
    const byKafkajs = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({ partitionId, leader: 1 })) as never;
    for (const key of ['a', 'ab', 'abc', 'abcd', 'ses_01', 'session-with-a-longer-name', 'ünïcödé', '日本語']) {
      const theirs = [
        byKafkajs({ topic: 't', partitionMetadata, message: { key, value: null } }),
        compatibilityPartitioner({ topic: 't' }, Buffer.from(key)) % 12,
      ];
      expect([key, theirs]).toEqual([key, [partitionOf(key, 12), partitionOf(key, 12)]]);
    }
  });
});
