import type { KafkaAddress } from '../adapters/bus/kafka/client.ts';
import type { KafkaConfig } from '../config-bus.ts';
import { readSetting } from './read-setting.ts';

/** Where the settings say that Kafka is. CONFIG_INVALID for a file that cannot be read; the password's is read with each new connection. */
export async function kafkaAddress({ bootstrapServers = [], tls, sasl }: KafkaConfig): Promise<KafkaAddress> {
  const pem = async (name: 'caFile' | 'certFile' | 'keyFile'): Promise<string | undefined> => {
    const file = tls?.[name];
    return file === undefined ? undefined : readSetting(file, `bus.kafka.tls.${name}`);
  };
  const [ca, cert, key] = await Promise.all([pem('caFile'), pem('certFile'), pem('keyFile')]);
  const password = async (): Promise<string> => {
    const { password: said, passwordFile = '' } = sasl ?? {};
    // Without the line end that editors and `echo` put behind it.
    return said ?? (await readSetting(passwordFile, 'bus.kafka.sasl.passwordFile')).replace(/\r?\n$/, '');
  };
  if (sasl) await password();
  return {
    bootstrapServers,
    ...(tls && { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } }),
    ...(sasl && { sasl: { mechanism: sasl.mechanism, username: sasl.username, password } }),
  };
}
