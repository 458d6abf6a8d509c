import type { KubeClient } from './client.ts';

/** Lower than what lies between a leader's renew deadline and the end of its lease (client-go's 10 and 15 s): no write lands later. */
const writeDeadlineMs = 4000;

/**
 * A client whose every write asks first, each time that it is sent, and which neither side works on for longer than 4 s. What a write
 * throws for `Timeout` may have been done.
 */
export function createFencedClient(client: KubeClient, assertLeading: () => void): KubeClient {
  return {
    ...client,
    request: (request) =>
      request.method === 'GET'
        ? client.request(request)
        : client.request({
            ...request,
            query: { timeout: `${writeDeadlineMs}ms`, ...request.query },
            deadlineMs: Math.min(request.deadlineMs ?? writeDeadlineMs, writeDeadlineMs),
            beforeAttempt() {
              assertLeading();
              request.beforeAttempt?.();
            },
          }),
  };
}
