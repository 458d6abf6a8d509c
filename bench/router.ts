/**
 * What a call costs that goes through the router and the AI SDK adapter, beside the same call through Portkey's gateway, to the same
 * provider double over HTTP, eight at a time, in alternating rounds. One JSON line a measure.
 *
 *   npm ci --prefix bench && node bench/router.ts [--rounds 5] [--calls 2000]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createAiSdkLlm } from '../runtime/adapters/llm/ai-sdk.ts';
import { createLlmRouter } from '../runtime/engine/llm-router/create-llm-router.ts';
import type { Llm } from '../runtime/ports/llm.ts';
import { llmRequest } from '../test/support/llm-request.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, calls: { type: 'string', default: '2000' } } });
const [rounds, callsPerRound, atOnce] = [Number(values.rounds), Number(values.calls), 8];
const here = import.meta.dirname;
const children: ChildProcess[] = [];

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_ENV: 'production' } });
  children.push(child);
  return child;
}

async function startProvider(): Promise<string> {
  const child = start([join(here, '../test/support/fake-provider.ts'), '--port', '0']);
  for await (const line of createInterface({ input: child.stdout! })) return (JSON.parse(line) as { baseUrl: string }).baseUrl;
  throw new Error('the provider did not start');
}

async function startPortkey(): Promise<{ url: string; pid: number }> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  const child = start([join(here, 'node_modules/@portkey-ai/gateway/build/start-server.js'), '--headless', `--port=${port}`]);
  child.stdout!.resume();
  const url = `http://127.0.0.1:${port}`;
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return { url, pid: child.pid! };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Portkey did not start');
}

/** CPU that a process used so far, in milliseconds: user and system time of /proc (ticks of 10 ms, so only sums over a round count). */
function cpuOfMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const ownCpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function run(
  call: (i: number) => Promise<unknown>,
  pids: readonly number[],
): Promise<{ perSecond: number; cpuMs: number; p50Ms: number }> {
  const latencies: number[] = [];
  let next = 0;
  const some = async () => {
    while (next < callsPerRound) {
      const startedMs = performance.now();
      await call(next++);
      latencies.push(performance.now() - startedMs);
    }
  };
  const before = ownCpuMs() + pids.reduce((sum, pid) => sum + cpuOfMs(pid), 0);
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: atOnce }, some));
  const seconds = (performance.now() - startedMs) / 1000;
  const cpuMs = ownCpuMs() + pids.reduce((sum, pid) => sum + cpuOfMs(pid), 0) - before;
  latencies.sort((a, b) => a - b);
  return { perSecond: callsPerRound / seconds, cpuMs: cpuMs / callsPerRound, p50Ms: latencies[latencies.length >> 1]! };
}

const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[list.length >> 1]!;
const round = (n: number) => Math.round(n * 1000) / 1000;

try {
  const baseUrl = await startProvider();
  const portkey = await startPortkey();
  const request = llmRequest({ schema: undefined as never });
  const abort = new AbortController().signal;
  const body = JSON.stringify({ model: 'm', messages: request.messages, max_tokens: 700, temperature: 0.2 });
  const headers = { 'content-type': 'application/json', authorization: 'Bearer x' };
  const post = async (url: string, more: Record<string, string>) => {
    const response = await fetch(`${url}/chat/completions`, { method: 'POST', headers: { ...headers, ...more }, body });
    const answer = (await response.json()) as { choices: { message: { content: string } }[] };
    if (!answer.choices[0]!.message.content) throw new Error('no answer');
  };
  const router = (llm: Llm) => {
    const made = createLlmRouter({
      models: {
        m: {
          llm,
          contextTokens: 8192,
          maxConcurrent: atOnce,
          timeoutMs: 30_000,
          price: { inputMicroUsdPerMTok: 1, outputMicroUsdPerMTok: 1 },
        },
      },
      routes: [{ models: ['m'] }],
      clock: {
        nowMs: () => performance.now(),
        isoNow: () => new Date().toISOString(),
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      },
      entropy: { uniform: Math.random, bytes: (n) => crypto.getRandomValues(new Uint8Array(n)) },
      observe: () => undefined,
    });
    return async (i: number) => {
      const { models } = made.resolve({ stage: 'critique', role: 'sentinel-evaluator', temperature: 0.2 }, {});
      await made.complete(request, { models, sessionId: `ses_${i % 4}`, abort });
    };
  };
  const instant: Llm = {
    complete: async () => ({ outcome: 'answered', text: '{}', usage: { inputTokens: 10, outputTokens: 2 }, model: 'instant' }),
    health: async () => ({ ok: true, detail: 'instant' }),
    close: async () => undefined,
  };
  const llm = await createAiSdkLlm({ provider: 'openai-compatible', model: 'm', apiKey: 'x', baseUrl, answers: 'native' });
  const subjects = {
    'router alone': { call: router(instant), pids: [] },
    'plain fetch': { call: () => post(baseUrl, {}), pids: [] },
    'router and adapter': { call: router(llm), pids: [] },
    'fetch and Portkey': {
      call: () => post(`${portkey.url}/v1`, { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': baseUrl }),
      pids: [portkey.pid],
    },
  };
  const results = new Map<string, Awaited<ReturnType<typeof run>>[]>(Object.keys(subjects).map((name) => [name, []]));
  for (const { call, pids } of Object.values(subjects)) await run(call, pids);
  for (let n = 0; n < rounds; n++) {
    for (const [name, { call, pids }] of Object.entries(subjects)) results.get(name)!.push(await run(call, pids));
  }
  const middle = (name: keyof typeof subjects, what: 'perSecond' | 'cpuMs' | 'p50Ms') =>
    median(results.get(name)!.map((result) => result[what]));
  for (const name of Object.keys(subjects) as (keyof typeof subjects)[]) {
    const [perSecond, cpuMs, p50Ms] = [middle(name, 'perSecond'), middle(name, 'cpuMs'), middle(name, 'p50Ms')];
    console.log(
      JSON.stringify({
        bench: 'router',
        subject: name,
        atOnce,
        callsPerSecond: Math.round(perSecond),
        cpuMsPerCall: round(cpuMs),
        p50Ms: round(p50Ms),
      }),
    );
  }
  const alone = middle('router alone', 'cpuMs');
  const plain = { cpu: middle('plain fetch', 'cpuMs'), p50: middle('plain fetch', 'p50Ms') };
  const added = (name: keyof typeof subjects) => middle(name, 'cpuMs') - plain.cpu;
  const goals = [
    { goal: 'CPU of the router per call, ms', value: round(alone), atMost: 0.15, met: alone <= 0.15 },
    ratio('calls per second, over Portkey', middle('router and adapter', 'perSecond') / middle('fetch and Portkey', 'perSecond'), 2.5),
    ratio('CPU per call in all, Portkey over ours', middle('fetch and Portkey', 'cpuMs') / middle('router and adapter', 'cpuMs'), 2.5),
    ratio('CPU added to a plain fetch, Portkey over ours', added('fetch and Portkey') / added('router and adapter'), 2.5),
    {
      goal: 'latency added to a plain fetch, ms',
      ours: round(middle('router and adapter', 'p50Ms') - plain.p50),
      portkey: round(middle('fetch and Portkey', 'p50Ms') - plain.p50),
    },
  ];
  for (const goal of goals) console.log(JSON.stringify({ bench: 'router', rounds, callsPerRound, ...goal }));
} finally {
  for (const child of children) child.kill();
}

function ratio(goal: string, value: number, atLeast: number) {
  return { goal, ratio: round(value), atLeast, met: value >= atLeast };
}
