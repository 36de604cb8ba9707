// The metrics as daemon.ts takes them: nothing of prom-client or HTTP is loaded before it is called, and it is called only
// where the configuration has a [metrics] table.

import type { ListenAddress } from '../config/config.ts';
import { formatListenAddress } from '../config/listen-address.ts';
import type { LogLine } from '../log.ts';
import type { Observer } from '../observer.ts';
import type { MetricsEdge, MetricsState } from './server.ts';
import type { MetricsSources } from './sources.ts';

/** Metrics that are being served. */
export interface Metrics {
  /** To be told of everything that happens. */
  readonly observer: Observer;
  stop(): void;
}

/**
 * Starts to count and to serve.
 * @param listen `config.metrics`
 * @param sources asked at scrapes only
 */
export async function startMetrics(
  listen: ListenAddress,
  sources: MetricsSources,
  edge: MetricsEdge,
): Promise<Metrics> {
  const [{ DaemonMetrics }, { MetricsServer }] = await Promise.all([import('./registry.ts'), import('./server.ts')]);
  const metrics = new DaemonMetrics(sources);
  const server = new MetricsServer(listen, metrics, edge);
  server.start();
  return { observer: metrics.observer, stop: () => server.stop() };
}

/** What the log says of a change of state. */
export function describeMetricsState({ address, port }: ListenAddress, state: MetricsState): LogLine {
  const place = formatListenAddress({ address, port });
  const fields = { event: 'metrics', listen: place, ...state };
  if (state.state === 'listening') return { level: 'info', fields, message: `metrics at http://${place}/metrics` };
  const why = REASONS[state.code] ?? state.message;
  return { level: 'error', fields, message: `cannot serve metrics at ${place}: ${why}; trying again` };
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EADDRNOTAVAIL: 'this machine does not have that address now',
  EACCES: 'that port needs a privilege',
  EAFNOSUPPORT: 'the unit allows no such sockets, see docs/metrics.md',
};
