/** Table properties that several operations read (Iceberg documentation, "Table properties"). */

type Properties = Readonly<Record<string, string>>;

/** The value of a property that is a whole number of at least 0; `undefined` if it is not set, or is something else. */
export function numericProperty(properties: Properties, name: string): number | undefined {
  const value = properties[name];
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** The size of merged and rewritten manifests, bytes. */
export function manifestTargetBytes(properties: Properties): number {
  return numericProperty(properties, 'commit.manifest.target-size-bytes') ?? 8 * 1024 * 1024;
}

/** Whether files may be deleted: the property is false if several tables share files. */
export function mayDeleteFiles(properties: Properties): boolean {
  return properties['gc.enabled'] !== 'false';
}
