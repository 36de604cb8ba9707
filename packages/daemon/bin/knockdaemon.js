#!/usr/bin/env node
// The command knockdaemon. Everything is in dist/cli.js; the exit code is set, not forced, so that output is written out.
import { setFlagsFromString } from 'node:v8';

// A daemon mostly waits: its youngest objects need 1 MB of memory, not the 16 that V8 takes after a busy start.
setFlagsFromString('--semi-space-growth-factor=1');
const { main } = await import('../dist/cli.js');

process.exitCode = await main(process.argv.slice(2));
