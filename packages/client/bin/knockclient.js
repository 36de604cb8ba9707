#!/usr/bin/env node
// The command knockclient as tsc wrote it; packages, and `npm run build`, have it in one file (tools/bundle-client.mjs). The exit code is
// set, not forced, so that output is written out.
import { main } from '../dist/cli.js';

process.exitCode = await main(process.argv.slice(2));
