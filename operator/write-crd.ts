/** Writes the CustomResourceDefinition where users and the chart have it: `node operator/write-crd.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { crdYaml } from './crd.ts';

for (const folder of ['crds/', 'helm/crds/']) {
  const place = new URL(`../${folder}`, import.meta.url);
  mkdirSync(place, { recursive: true });
  writeFileSync(new URL('nireoninstances.nireon.dev.yaml', place), crdYaml());
}
