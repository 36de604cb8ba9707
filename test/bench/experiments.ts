// All experiments, in the order in which they are run and shown.

import { clientStart } from './client-start.ts';
import { codec } from './codec.ts';
import type { Experiment } from './experiment.ts';
import { firewallChanges } from './firewall-changes.ts';
import { floods } from './floods.ts';
import { knockToRule } from './knock-to-rule.ts';
import { liveGrants } from './live-grants.ts';
import { manyClientsExperiment } from './many-clients.ts';
import { memory } from './memory.ts';
import { packetCost } from './packet-cost.ts';
import { spaJunk } from './spa-junk.ts';
import { start } from './start.ts';
import { stateFloods } from './state-floods.ts';
import { wholeRequest } from './whole-request.ts';

/** See {@link Experiment}. */
export const EXPERIMENTS: readonly Experiment[] = [
  knockToRule,
  wholeRequest,
  floods,
  stateFloods,
  packetCost,
  spaJunk,
  manyClientsExperiment,
  liveGrants,
  memory,
  start,
  clientStart,
  firewallChanges,
  codec,
];
