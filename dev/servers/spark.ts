/** Spark SQL with Iceberg's runtime in a local JVM: an independent reader and writer. */
import { delimiter, join } from 'node:path';
import type { ReaderRow } from './iceberg-readers.js';
import { findJava } from './java.js';
import { type MavenOptions, mavenJars } from './maven.js';
import { pythonEnvironment } from './python-environment.js';
import { startPythonProcess } from './python-process.js';
import { SPARK_JARS } from './spark-jars.js';

/** The programs that Spark needs. */
export interface SparkProgram {
  java: string;
  /** A Python with py4j, which sends statements to the JVM. */
  python: string;
  jars: readonly string[];
}

/** A running Spark SQL. */
export interface Spark {
  /** Runs a statement and returns its rows. Integers beyond 2^53 lose digits: cast them to strings. Rejects with Spark's message. */
  sql(statement: string): Promise<ReaderRow[]>;
  close(): Promise<void>;
}

/** The version that belongs to Spark's jars. */
const PY4J = 'py4j==0.10.9.7';
const SCRIPT = join(__dirname, 'read_spark.py');

/** The packages of Java 17 that Spark needs opened: https://github.com/apache/spark, JavaModuleOptions. */
const OPENED = [
  ...['java.lang', 'java.lang.invoke', 'java.lang.reflect', 'java.io', 'java.net', 'java.nio', 'java.util'],
  ...['java.util.concurrent', 'java.util.concurrent.atomic', 'sun.nio.ch', 'sun.nio.cs', 'sun.security.action'],
  'sun.util.calendar',
];

/** Finds Java, Python and the jars, which are downloaded if they are not in the cache. */
export async function findSpark(options: MavenOptions): Promise<SparkProgram> {
  const java = await findJava(options.env);
  const python = await pythonEnvironment('py4j', [PY4J], options);
  return { java, python, jars: await mavenJars('Spark', SPARK_JARS, options) };
}

/** Starts Spark with these settings (`spark.sql.catalog.…`); resolves once it responds, after about five seconds. */
export async function startSpark(
  { java, python, jars }: SparkProgram,
  settings: Readonly<Record<string, string>>,
): Promise<Spark> {
  const { ask, close } = await startPythonProcess(python, SCRIPT);
  await ask({
    java,
    classpath: jars.join(delimiter),
    options: ['-Xmx1g', '-XX:+UseSerialGC', ...OPENED.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`)],
    conf: {
      'spark.master': 'local[2]',
      'spark.driver.bindAddress': '127.0.0.1',
      'spark.driver.host': '127.0.0.1',
      'spark.ui.enabled': 'false',
      'spark.sql.session.timeZone': 'UTC',
      'spark.sql.shuffle.partitions': '2',
      'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
      ...settings,
    },
  });
  return { sql: (statement) => ask({ sql: statement }) as Promise<ReaderRow[]>, close };
}

/** Spark settings of an Iceberg catalog. `name`: the name of the catalog in statements. */
export function sparkCatalog(name: string, properties: Readonly<Record<string, string>>): Record<string, string> {
  const prefix = `spark.sql.catalog.${name}`;
  const all = { ...properties, 'cache-enabled': 'false' };
  return {
    [prefix]: 'org.apache.iceberg.spark.SparkCatalog',
    ...Object.fromEntries(Object.entries(all).map(([key, value]) => [`${prefix}.${key}`, value])),
  };
}
