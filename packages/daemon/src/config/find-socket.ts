// Where the control socket is, even while the configuration has mistakes: what is wrong elsewhere in it must not keep an
// administrator from asking the daemon that is running.

import { valueAt } from './key-path.ts';
import { readConfigFile } from './read-file.ts';
import { readToml } from './read-toml.ts';
import { mainSchema } from './schema.ts';

const LINE = /^[ \t]*control_socket[ \t]*=[ \t]*"([^"\\\n]*)"/m;

/** @returns `control_socket` of the file, where it can be read there; else the default. Never throws for its content */
export async function findControlSocket(file: string): Promise<string> {
  const { control_socket: schema } = mainSchema.shape;
  const { text = '' } = await readConfigFile(file, true);
  const { table } = readToml(text, file);
  // A file that is no TOML at the moment still has the line.
  const value = table ? valueAt(table, ['control_socket']) : LINE.exec(text)?.[1];
  const said = schema.safeParse(value);
  return said.success ? said.data : schema.parse(undefined);
}
