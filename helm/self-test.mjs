// Run by `helm test` in the operator's image, under an account that may do no more than these dry runs.
import { readFileSync } from 'node:fs';

const { OPERATOR, API_SERVER, NAMESPACE, TOKEN_FILE } = process.env;

await check('an operator is ready', async () => {
  const answer = await fetch(`${OPERATOR}/readyz`, { signal: AbortSignal.timeout(10_000) });
  return answer.ok ? '' : `${answer.status} ${await answer.text()}`;
});
await check('a least instance is taken', async () => {
  const { status, message } = await create({ generator: {} });
  return status === 201 ? '' : `${status} ${message}`;
});
await check('a wrong instance is refused', async () => {
  const { status, message } = await create({ generator: { replicas: 1, autoscaling: { maxReplicas: 2, cpu: { utilization: 70 } } } });
  return status === 422 ? '' : `${status} ${message}`;
});

async function check(what, run) {
  const wrong = await run().catch((error) => String(error.cause ?? error));
  console.log(wrong === '' ? `ok: ${what}` : `FAILED: ${what}: ${wrong}`);
  if (wrong !== '') process.exitCode = 1;
}

async function create(roles) {
  const answer = await fetch(`${API_SERVER}/apis/nireon.dev/v1alpha1/namespaces/${NAMESPACE}/nireoninstances?dryRun=All`, {
    method: 'POST',
    headers: { authorization: `Bearer ${readFileSync(TOKEN_FILE, 'utf8').trim()}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      apiVersion: 'nireon.dev/v1alpha1',
      kind: 'NireonInstance',
      metadata: { name: 'self-test' },
      spec: { store: { postgres: { connectionSecret: { name: 'self-test' } } }, roles },
    }),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, message: await answer.text() };
}
