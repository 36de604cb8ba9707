// `knockclient [SERVER] --port N …`: plans what was prepared; then prints or sends it, and waits if asked to.

import { type ExitCode, Failure } from '../exit.ts';
import { Knocking } from '../knocking.ts';
import type { Machine } from '../machine.ts';
import { notOpenProblem } from '../messages/failures.ts';
import { wayNotOpenHint } from '../messages/hints.ts';
import { formatHint } from '../messages/problem.ts';
import { formatOpen, formatSent, type Wish } from '../messages/progress.ts';
import type { RawOptions } from '../options.ts';
import { paint } from '../output.ts';
import { KNOCKS, type KnockPlan, planKnocks, portsOf } from '../plan.ts';
import { createProgress, noProgress, type Progress } from '../progress.ts';
import type { Route } from '../route.ts';
import type { PortLook } from '../try-connect.ts';
import { waitUntilOpen } from '../verify.ts';
import { Ways } from '../ways.ts';
import { openSender } from './open-sender.ts';
import { type KnockRun, prepareKnock } from './prepare-knock.ts';

/**
 * Runs the command.
 * @param server SERVER as it was typed
 * @throws Failure
 */
export async function knock(server: string | undefined, raw: RawOptions, machine: Machine): Promise<ExitCode> {
  const run = await prepareKnock(server, raw, machine);
  if (!raw.json && !raw.quiet) for (const hint of run.hints) machine.output.stderr(formatHint(hint));
  if (run.options.print) print(run, machine);
  else await send(run, machine);
  return 0;
}

function print(run: KnockRun, machine: Machine): void {
  const plan = planKnocks(run.order, machine.clock.unixMs() / 1000, machine.randomNonce());
  debugPlan(run, plan);
  const ports = portsOf(plan);
  if (run.raw.json) printJson(run, machine, { ports, window: plan.window });
  else machine.output.stdout(`${ports.join(' ')}\n`);
}

async function send(run: KnockRun, machine: Machine): Promise<void> {
  const { raw, options, target, routes, order } = run;
  const { transport, spoofSource, port, time, waitSeconds } = options;
  const from = spoofSource === undefined ? {} : { spoofSource };
  const wish: Wish = { host: target.host, routes, transport, ...from, port, time };
  const progress = raw.json || raw.quiet ? noProgress : createProgress(machine.output);
  const knocking = new Knocking({
    routes,
    senders: await Promise.all(routes.map((route) => openSender(options, route, machine))),
    order,
    clock: machine.clock,
    firstNonce: machine.randomNonce(),
    onPlan: (plan) => debugPlan(run, plan),
    onKnock: progress.knock,
  });
  progress.begin(wish);
  if (waitSeconds === undefined) await sendOnce(run, machine, knocking, progress);
  else await sendUntilOpen(run, machine, { knocking, progress, wish, waitMs: waitSeconds * 1000 });
}

async function sendOnce(run: KnockRun, machine: Machine, knocking: Knocking, progress: Progress): Promise<void> {
  const { clock, output } = machine;
  const start = clock.elapsedMs();
  progress.sequence(0);
  const [ports = []] = await knocking.send(0).finally(progress.end);
  const seconds = toSeconds(clock.elapsedMs() - start);
  const knocks = KNOCKS * (run.routes.length - knocking.hints.length);
  if (run.raw.json) printJson(run, machine, { ports, knocks, seconds, ways: describeWays(run) }, knocking.hints);
  else if (!run.raw.quiet) {
    for (const hint of knocking.hints) output.stderr(formatHint(hint));
    output.stdout(`${formatSent(knocks, seconds)}\n`);
  }
}

interface Waiting {
  readonly knocking: Knocking;
  readonly progress: Progress;
  readonly wish: Wish;
  readonly waitMs: number;
}

async function sendUntilOpen(run: KnockRun, machine: Machine, waiting: Waiting): Promise<void> {
  const { raw, routes, options } = run;
  const { clock, output } = machine;
  const { knocking, progress, wish, waitMs } = waiting;
  const ways = new Ways(routes.length);
  let ports: readonly number[] = [];
  let knocks = 0;
  const { look, seconds, sequences } = await waitUntilOpen({
    clock,
    waitMs,
    knock: async (sequence) => {
      progress.sequence(sequence);
      const sent = await knocking.send(sequence, ways.closed);
      knocks += sent.length * KNOCKS;
      ports = sent[0] ?? ports;
    },
    tryPort: async (timeoutMs) => {
      const tries = ways.closed.map((way) =>
        machine.tryConnect((routes[way] as Route).serverAddress, options.port, timeoutMs),
      );
      return ways.take(await Promise.all(tries));
    },
    onLook: progress.look,
  }).finally(progress.end);

  const outcome = ways.isAnyOpen ? 'open' : look;
  const result = { ports, knocks, sequences, seconds, outcome, ways: describeWays(run, ways.looks) };
  if (outcome !== 'open') {
    throw new Failure(1, [notOpenProblem(wish, outcome, seconds)], describeRun(run, result, knocking.hints));
  }
  const hints = [...knocking.hints, ...hintsForClosed(run, ways)];
  if (raw.json) printJson(run, machine, result, hints);
  else if (!raw.quiet) {
    for (const hint of hints) output.stderr(formatHint(hint));
    output.stdout(`${paint(output, 'green', formatOpen(options.port, { seconds, sequences, knocks }))}\n`);
  }
}

function hintsForClosed({ routes, options }: KnockRun, ways: Ways): string[] {
  return ways.closed.map((way) => {
    return wayNotOpenHint(options.port, (routes[way] as Route).family, ways.looks[way] as PortLook);
  });
}

/** The ways, for the JSON object. */
function describeWays({ routes }: KnockRun, looks?: readonly PortLook[]): unknown[] {
  return routes.map(({ serverAddress, claimedAddress }, way) => {
    return { address: serverAddress, claimedAddress, ...(looks && { outcome: looks[way] }) };
  });
}

function debugPlan({ debug }: KnockRun, plan: KnockPlan): void {
  debug(`window ${plan.window}, nonce ${plan.nonce}, ports ${portsOf(plan).join(' ')}`);
}

/** To the millisecond: nobody reads more. */
function toSeconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}

type Fields = Readonly<Record<string, unknown>>;

function printJson(run: KnockRun, machine: Machine, result: Fields, hints: readonly string[] = []): void {
  machine.output.stdout(`${JSON.stringify({ ok: true, ...describeRun(run, result, hints) })}\n`);
}

/** The fields of the JSON object, but for `ok`, `error` and `hint`. Never the key. */
function describeRun({ options, target, routes, order, hints }: KnockRun, result: Fields, more: readonly string[]) {
  return {
    server: target.name ?? null,
    host: target.host,
    address: routes[0]?.serverAddress ?? null,
    basePort: order.basePort,
    transport: options.transport,
    ...(options.raw && { raw: true, spoofSource: options.spoofSource ?? null }),
    port: options.port,
    time: options.time,
    claimedAddress: order.claimedAddress,
    ...result,
    hints: [...hints, ...more],
  };
}
