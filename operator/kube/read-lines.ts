import { KubeError } from './kube-error.ts';

/** No object that the API server stores comes near this; without a bound a broken server could fill the memory. */
const longestLine = 32 * 1024 * 1024;

/** The lines of a stream of bytes, without their ends. What stands after the last line end was cut off: KubeError Malformed. */
export async function* readLines(stream: AsyncIterable<unknown>): AsyncGenerator<string> {
  const parts: Buffer[] = [];
  let held = 0;
  for await (const chunk of stream) {
    let rest = chunk as Buffer;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      parts.push(rest.subarray(0, end));
      yield Buffer.concat(parts).toString('utf8');
      parts.length = held = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0) continue;
    parts.push(rest);
    held += rest.length;
    if (held > longestLine) throw new KubeError(0, 'Malformed', 'a line of the watch is too long');
  }
  if (held > 0) throw new KubeError(0, 'Malformed', 'the watch ended within a line');
}
