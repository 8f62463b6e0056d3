/** `.trailmill/dev-ports.json`: the ports that the embedded server of a project used last, so that links to its UI stay valid. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort } from '../net/free-port.js';

const port = z.int().min(1).max(65_535);
const pair = z.object({ port, uiPort: port });
const RECORD = z.object({ configured: pair, used: pair });

/** The port of the gRPC frontend, and that of the UI. */
export type Ports = z.infer<typeof pair>;

/**
 * Returns free ports: those that the server used last, if the configuration is still the same; else the configured ones; else
 * ones nearby. Ports that were not used last time and are not the configured ones are reported to `log`.
 */
export async function choosePorts(projectDir: string, configured: Ports, log: (line: string) => void): Promise<Ports> {
  const last = await lastPorts(projectDir, configured);
  const port = await choose(last?.port, configured.port, []);
  const uiPort = await choose(last?.uiPort, configured.uiPort, [port]);
  const note = (what: string, used: number, before: number | undefined, wanted: number): void => {
    if (used !== (before ?? wanted)) log(`Port ${before ?? wanted} is in use: the Temporal ${what} uses ${used}.`);
  };
  note('server', port, last?.port, configured.port);
  note('UI', uiPort, last?.uiPort, configured.uiPort);
  return { port, uiPort };
}

/** Records the ports of a server that has started. The file is a convenience: a failure to write it is ignored. */
export async function rememberPorts(projectDir: string, configured: Ports, used: Ports): Promise<void> {
  const text = `${JSON.stringify({ configured, used }, undefined, 2)}\n`;
  await writeFile(portsFile(projectDir), text).catch(() => {});
}

function portsFile(projectDir: string): string {
  return join(projectDir, '.trailmill', 'dev-ports.json');
}

/** `undefined` if there is no usable file, or it is about other configured ports. */
async function lastPorts(projectDir: string, configured: Ports): Promise<Ports | undefined> {
  try {
    const record = RECORD.parse(JSON.parse(await readFile(portsFile(projectDir), 'utf8')));
    const same = record.configured.port === configured.port && record.configured.uiPort === configured.uiPort;
    return same ? record.used : undefined;
  } catch {
    return undefined;
  }
}

/** `freePort` returns its argument if that port is free. */
async function choose(last: number | undefined, configured: number, excluded: readonly number[]): Promise<number> {
  if (last !== undefined && (await freePort(last, excluded)) === last) return last;
  return freePort(configured, excluded);
}
