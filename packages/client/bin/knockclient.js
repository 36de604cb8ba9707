#!/usr/bin/env node
// The command knockclient: as a published package has it, in a few files (tools/pack.mjs), or as tsc wrote it. The exit
// code is set, not forced, so that output is written out.
import { existsSync } from 'node:fs';

const isBundled = existsSync(new URL('../bundle/cli.js', import.meta.url));
const { main } = await import(isBundled ? '../bundle/cli.js' : '../dist/cli.js');

process.exitCode = await main(process.argv.slice(2));
