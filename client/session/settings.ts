/** The settings of a command. Apart from session.ts, whose packages take longer to load than most commands without a server. */
import { loadSettings, type SettingsFlags } from '../../config/load.js';
import type { Settings } from '../../config/settings.js';
import type { CommandContext, GlobalOptions } from './context.js';

/** The project's settings, overridden by the flags of the command line. */
export function settingsFor(context: CommandContext<GlobalOptions & SettingsFlags>): Settings {
  const { io, options } = context;
  const { project, address, namespace, taskQueue, tls, location, keyPrefix, warehouse } = options;
  const flags = { project, address, namespace, taskQueue, tls, location, keyPrefix, warehouse };
  return loadSettings({ cwd: io.cwd, env: io.env, flags });
}
