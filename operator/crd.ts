import { stringify } from 'yaml';
import { z } from 'zod';
import { specSchema } from './instance/spec.ts';
import { statusSchema } from './instance/status.ts';

/** The resource, as the API server names it. */
export const nireonInstances = {
  group: 'nireon.dev',
  version: 'v1alpha1',
  kind: 'NireonInstance',
  plural: 'nireoninstances',
  namespaced: true,
} as const;

/** Rises with each change of the CRD: an operator replaces an older one, and leaves a newer one alone. */
export const crdVersion = 1;
export const crdVersionAnnotation = 'nireon.dev/crd-version';

type Json = Record<string, unknown>;

const nameRule = {
  rule: "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')",
  message: 'metadata.name must start with a letter and have at most 40 letters, digits or hyphens',
};

const column = (name: string, jsonPath: string, description: string, priority = 0) => ({
  ...{ name, jsonPath, description, priority },
  type: name === 'Age' ? 'date' : name === 'Schema' ? 'integer' : 'string',
});
const ready = (field: string): string => `.status.conditions[?(@.type=="Ready")].${field}`;

/** The CustomResourceDefinition, made from the schemas of spec and status. */
export function customResourceDefinition(): Json {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${nireonInstances.plural}.${nireonInstances.group}`,
      annotations: { [crdVersionAnnotation]: String(crdVersion) },
      labels: { 'app.kubernetes.io/name': 'nireon', 'app.kubernetes.io/part-of': 'nireon' },
    },
    spec: {
      group: nireonInstances.group,
      scope: 'Namespaced',
      names: {
        plural: nireonInstances.plural,
        singular: 'nireoninstance',
        kind: nireonInstances.kind,
        listKind: 'NireonInstanceList',
        shortNames: ['nri'],
        categories: ['nireon'],
      },
      versions: [
        {
          name: nireonInstances.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            column('Ready', ready('status'), 'Whether what is wanted is there'),
            column('Reason', ready('reason'), 'Why, in one word'),
            column('Roles', '.status.summary', 'Ready and wanted pods of each role'),
            column('Age', '.metadata.creationTimestamp', 'Since when it is there'),
            column('Image', '.status.image', 'Image that the pods run', 1),
            column('Schema', '.status.migration.schemaVersion', 'Version of the schema in the database', 1),
            column('Message', ready('message'), 'Why, in one sentence', 1),
          ],
          schema: { openAPIV3Schema: rootSchema() },
        },
      ],
    },
  };
}

/** The same as the file that users apply. */
export const crdYaml = (): string =>
  `# Made by "make crds" from operator/instance; a test compares.\n${stringify(customResourceDefinition(), { lineWidth: 0, aliasDuplicateObjects: false })}`;

function rootSchema(): Json {
  return {
    type: 'object',
    description: 'An engine that evolves ideas toward an objective, as Deployments of this cluster',
    required: ['spec'],
    'x-kubernetes-validations': [nameRule],
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of the resource' },
      kind: { type: 'string', description: 'NireonInstance' },
      // The API server says itself what it is.
      metadata: { type: 'object' },
      spec: structural(specSchema),
      status: structural(statusSchema),
    },
  };
}

/** A structural schema, which is what the API server takes of OpenAPI 3: no references, no closed objects, no alternatives. */
function structural(schema: z.ZodType): Json {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    reused: 'inline',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => adapt(jsonSchema as Json),
  });
  delete made.$schema;
  return made;
}

/** In place: what JSON Schema says otherwise than Kubernetes, and what it has no word for. */
function adapt(json: Json): void {
  if (json['x-kubernetes-int-or-string'] === true) delete json['anyOf'];
  if (json['x-kubernetes-preserve-unknown-fields'] === true) delete json['additionalProperties'];
  if (json['additionalProperties'] === false) delete json['additionalProperties'];
  delete json['propertyNames'];
  if (isEmpty(json['default'])) json['default'] = defaultsOf(json);
  if (json['type'] !== 'integer') return;
  // Integers of JavaScript are bounded without having been asked.
  if (json['minimum'] === Number.MIN_SAFE_INTEGER) delete json['minimum'];
  if (json['maximum'] === Number.MAX_SAFE_INTEGER) {
    delete json['maximum'];
    json['format'] = 'int64';
  }
}

const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** What an object without any field comes to. The API server checks a default against the rules as it is written. */
function defaultsOf(json: Json): Json {
  const properties = Object.entries((json['properties'] ?? {}) as Record<string, Json>);
  return Object.fromEntries(properties.flatMap(([name, property]) => ('default' in property ? [[name, property['default']]] : [])));
}
