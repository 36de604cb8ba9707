#!/usr/bin/env node
// The command knockdaemon. Everything is in dist/cli.js; the exit code is set, not forced, so that output is written out.
import { main } from '../dist/cli.js';

process.exitCode = await main(process.argv.slice(2));
