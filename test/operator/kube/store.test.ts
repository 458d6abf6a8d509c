import type { KubeObject } from '../../../operator/kube/resource.ts';
import { createStore, type StoreChange } from '../../../operator/kube/store.ts';

const object = (name: string, version: string, more: { uid?: string; owner?: string } = {}): KubeObject => ({
  metadata: {
    name,
    namespace: 'n',
    uid: more.uid ?? name,
    resourceVersion: version,
    ...(more.owner ? { labels: { owner: more.owner } } : {}),
  },
});

function setUp() {
  const store = createStore<KubeObject, 'owner'>({
    owner: ({ metadata }) => (metadata.labels?.['owner'] ? [metadata.labels['owner']] : []),
  });
  const changes: string[] = [];
  const say = ({ before, after }: StoreChange<KubeObject>): string =>
    `${before?.metadata.resourceVersion ?? '-'}>${after?.metadata.resourceVersion ?? '-'}`;
  store.onChange((change) => changes.push(say(change)));
  return { store, changes };
}

describe('the store', () => {
  it('finds by name and by index, and follows an object that moves in the index', () => {
    const { store } = setUp();
    store.put(object('a', '1', { owner: 'x' }));
    store.put(object('b', '2', { owner: 'x' }));
    store.put(object('a', '3', { owner: 'y' }));
    expect(store.by('owner', 'x').map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(store.by('owner', 'y').map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(store.get({ namespace: 'n', name: 'a' })?.metadata.resourceVersion).toBe('3');
    store.remove({ namespace: 'n', name: 'a' });
    expect([store.size, store.by('owner', 'y')]).toEqual([1, []]);
  });

  it('ignores what is older, also where the number has grown a digit', () => {
    const { store, changes } = setUp();
    store.put(object('a', '10'));
    store.put(object('a', '9'));
    store.put(object('a', '10'));
    store.put(object('a', '11'));
    expect(changes).toEqual(['->10', '10>11']);
  });

  it('tells an object made anew as a going and a coming', () => {
    const { store, changes } = setUp();
    store.put(object('a', '5'));
    store.put(object('a', '7', { uid: 'other' }));
    expect(changes).toEqual(['->5', '5>-', '->7']);
  });

  it('becomes what a list says, and tells only what differs', () => {
    const { store, changes } = setUp();
    for (const name of ['a', 'b', 'c']) store.put(object(name, '1'));
    changes.length = 0;
    const differing = store.replace([object('a', '1'), object('b', '2'), object('d', '3')]);
    expect(changes).toEqual(['1>-', '1>2', '->3']);
    expect(differing).toHaveLength(3);
    expect([...store.values()].map(({ metadata }) => metadata.name).sort()).toEqual(['a', 'b', 'd']);
  });
});
