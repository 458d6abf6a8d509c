import { checkRoutes, resolveCall, type LlmRoute } from '../../../runtime/engine/llm-router/route.ts';

const known = new Set(['a', 'b', 'c', 'd']);
const routes: LlmRoute[] = [
  { models: ['a'] },
  { stage: 'critique', models: ['b'], temperature: 0.3 },
  { role: 'judge', models: ['c'], maxOutputTokens: 500 },
  { stage: 'critique', role: 'judge', models: ['d', 'a'], topP: 0.5 },
];
const resolve = (stage: 'critique' | 'analysis', role: string, frame = {}, sessionModel?: string) =>
  resolveCall(routes, known, { stage, role, temperature: 0.9, maxOutputTokens: 800 }, frame, sessionModel);

describe('the route of a call', () => {
  it('is the most specific one: stage and role, then role, then stage, then the default', () => {
    expect(resolve('critique', 'judge').models).toEqual(['d', 'a']);
    expect(resolve('analysis', 'judge').models).toEqual(['c']);
    expect(resolve('critique', 'other').models).toEqual(['b']);
    expect(resolve('analysis', 'other').models).toEqual(['a']);
  });

  it('settles each setting by itself: the call, over it the route, over it the frame', () => {
    expect(resolve('critique', 'other').settings).toEqual({ temperature: 0.3, maxOutputTokens: 800 });
    expect(resolve('critique', 'judge').settings).toEqual({ temperature: 0.9, topP: 0.5, maxOutputTokens: 800 });
    expect(resolve('critique', 'other', { temperature: 0, topP: 1 }).settings).toEqual({ temperature: 0, topP: 1, maxOutputTokens: 800 });
  });

  it('has its chain replaced by the model of the session, and that by the model of the frame', () => {
    expect(resolve('critique', 'judge', {}, 'b').models).toEqual(['b']);
    expect(resolve('critique', 'judge', { model: 'c' }, 'b')).toMatchObject({ models: ['c'], settings: { topP: 0.5 } });
  });

  it('cannot lead to a model that is not configured', () => {
    expect(() => resolve('critique', 'judge', {}, 'nope')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('the check of routes', () => {
  const check = (list: Parameters<typeof checkRoutes>[0]) =>
    checkRoutes(list, { models: known, roles: new Set(['judge']) }).map(({ path, message }) => `${path}: ${message}`);

  it('finds nothing wrong with good ones', () => {
    expect(check(routes)).toEqual([]);
  });

  it('names every problem with its place', () => {
    expect(
      check([
        { stage: 'critic', models: ['a'] },
        { role: 'jury', models: ['a', 'z', 'a'] },
        { stage: 'analysis', models: [] },
        { stage: 'analysis', models: ['b'] },
      ]),
    ).toEqual([
      'llm.routes[0].stage: "critic" is no stage: one of exploration, critique, synthesis, analysis',
      'llm.routes[1].role: "jury" is no role: one of judge',
      'llm.routes[1].models[1]: "z" is not a key of llm.models',
      'llm.routes[1].models[2]: "a" stands twice in one chain',
      'llm.routes[2].models: names no model',
      'llm.routes[3]: another route serves the same stage and role',
      'llm.routes: needs a default: a route without stage and role',
    ]);
  });
});
