// What the daemon needs of the machine: libpcap, libnftables, two capabilities, what it is to listen to, and what it is to
// run.
// Looks, changes nothing, and gives every problem with what to install or grant.

import { forwardingProblems } from './act/forwarding-problems.ts';
import { Nftables } from './act/nftables.ts';
import { programProblems } from './act/program-problems.ts';
import { interfaceState } from './capture/interface-state.ts';
import { probeCapture } from './capture/spawn.ts';
import type { Config, KnockSource } from './config/config.ts';
import type { Problem } from './config/problem.ts';
import { CAP_NET_ADMIN, hasCapability } from './has-capability.ts';
import { messageOf } from './message-of.ts';
import { sourceProblem } from './source-environment.ts';

/** capabilities(7). */
const CAP_NET_RAW = 13;

/** Which requirements count, besides those of the source. */
export interface EnvironmentOptions {
  /** `--test` changes no firewall and needs none. */
  readonly test: boolean;
}

/** Everything that is missing, interfaces, files and programs included. Empty when the daemon can do its work. */
export async function checkEnvironment(config: Config, options: EnvironmentOptions): Promise<Problem[]> {
  const problem = sourceProblem(config.source);
  return [
    ...missingRequirements(config, options),
    ...missingInterfaces(config),
    ...(problem ? [problem] : []),
    ...programProblems(config),
    ...forwardingProblems(config),
  ];
}

/** What the daemon cannot start without. */
export function missingRequirements({ source }: Pick<Config, 'source'>, { test }: EnvironmentOptions): Problem[] {
  // Logs are read without.
  const isPackets = source.kind === 'pcap' || source.kind === 'nflog';
  return [
    missingCapabilities(source, test),
    isPackets ? missingLibpcap() : undefined,
    test ? undefined : missingNftables(),
  ].filter((problem) => problem !== undefined);
}

/** Interfaces that do not exist. Not fatal: they are waited for. */
export function missingInterfaces({ interfaces, source }: Pick<Config, 'interfaces' | 'source'>): Problem[] {
  if (source.kind !== 'pcap') return [];
  return interfaces
    .filter((name) => name !== 'any' && interfaceState(name) === 'missing')
    .map((name) => ({
      path: 'interface',
      value: `"${name}"`,
      expected: 'the name of an interface of this machine',
      hint: 'the daemon starts all the same and waits for it; "ip link" lists the interfaces',
    }));
}

function missingCapabilities({ kind }: KnockSource, test: boolean): Problem | undefined {
  const needsAdmin = !test || kind === 'nflog';
  const missing = [
    ...(kind !== 'pcap' || hasCapability(CAP_NET_RAW) ? [] : ['CAP_NET_RAW']),
    ...(!needsAdmin || hasCapability(CAP_NET_ADMIN) ? [] : ['CAP_NET_ADMIN']),
  ];
  if (missing.length === 0) return undefined;
  return {
    path: 'privileges',
    expected: `the ${missing.length === 1 ? 'capability' : 'capabilities'} ${missing.join(' and ')}`,
    hint: `run it as root, or grant ${missing.length === 1 ? 'it' : 'them'} (systemd: AmbientCapabilities=, containers: --cap-add)`,
  };
}

function missingLibpcap(): Problem | undefined {
  const why = probeCapture();
  if (why === undefined) return undefined;
  return {
    path: 'libpcap',
    value: `"${why}"`,
    expected: 'that libpcap can be loaded',
    hint: 'install libpcap (Debian: apt-get install libpcap0.8), then npm rebuild cap if it was built without',
  };
}

function missingNftables(): Problem | undefined {
  try {
    new Nftables();
    return undefined;
  } catch (error) {
    return {
      path: 'nftables',
      value: `"${messageOf(error)}"`,
      expected: 'that libnftables can be loaded',
      hint: 'install nftables (Debian: apt-get install nftables)',
    };
  }
}
