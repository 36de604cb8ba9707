// `knockclient [SERVER] --port N …`: plans what was prepared; then prints or sends it, and waits if asked to.

import { type ExitCode, Failure } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { formatHint, formatOpen, formatSent, notOpenProblem, notSentProblem, type Wish } from '../messages.ts';
import type { RawOptions } from '../options.ts';
import { paint } from '../output.ts';
import { KNOCKS, type KnockPlan, planKnocks, portsOf } from '../plan.ts';
import { createProgress, noProgress, type Progress } from '../progress.ts';
import type { Route } from '../route.ts';
import { SendError, sendPlan } from '../send/send-plan.ts';
import { waitUntilOpen } from '../verify.ts';
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
  const plan = makePlan(run, machine, machine.randomNonce(), 0);
  const ports = portsOf(plan);
  if (run.raw.json) printJson(run, machine, { ports, window: plan.window });
  else machine.output.stdout(`${ports.join(' ')}\n`);
}

async function send(run: KnockRun, machine: Machine): Promise<void> {
  const { raw, options, target } = run;
  const { serverAddress, claimedAddress } = run.route as Route;
  const { transport, port, time, waitSeconds } = options;
  const { clock, output } = machine;
  const wish: Wish = { host: target.host, serverAddress, transport, port, time, claimedAddress };
  const progress = raw.json || raw.quiet ? noProgress : createProgress(output);
  const knockOnce = createKnocking(run, machine, serverAddress, progress);

  progress.begin(wish);
  if (waitSeconds === undefined) {
    const start = clock.elapsedMs();
    const ports = await knockOnce(0).finally(progress.end);
    const seconds = toSeconds(clock.elapsedMs() - start);
    if (raw.json) printJson(run, machine, { ports, knocks: KNOCKS, seconds });
    else if (!raw.quiet) output.stdout(`${formatSent(KNOCKS, seconds)}\n`);
    return;
  }

  let ports: readonly number[] = [];
  const { look, seconds, sequences } = await waitUntilOpen({
    clock,
    waitMs: waitSeconds * 1000,
    knock: async (sequence) => {
      ports = await knockOnce(sequence);
    },
    tryPort: (timeoutMs) => machine.tryConnect(serverAddress, port, timeoutMs),
    onLook: progress.look,
  }).finally(progress.end);
  const result = { ports, knocks: sequences * KNOCKS, seconds, outcome: look };
  if (look !== 'open') throw new Failure(1, [notOpenProblem(wish, look, seconds)], describeRun(run, result));
  if (raw.json) printJson(run, machine, result);
  else if (!raw.quiet) output.stdout(`${paint(output, 'green', formatOpen(port, seconds, result.knocks))}\n`);
}

/** Gives what sends a sequence: 0 the first, 1 the next, all with one sender and nonces that follow each other. */
export function createKnocking(
  run: KnockRun,
  machine: Machine,
  serverAddress: string,
  progress: Progress,
  firstNonce = machine.randomNonce(),
) {
  const sender = machine.createSender(run.options.transport);
  return async (sequence: number): Promise<readonly number[]> => {
    const plan = makePlan(run, machine, firstNonce, sequence);
    progress.sequence(sequence);
    await sendPlan(plan, serverAddress, sender, machine.clock, progress.knock).catch((error: unknown) => {
      if (!(error instanceof SendError)) throw error;
      throw new Failure(1, [notSentProblem(error.knock, error.port, error.code)]);
    });
    return portsOf(plan);
  };
}

function makePlan({ order, debug }: KnockRun, machine: Machine, firstNonce: number, sequence: number): KnockPlan {
  const plan = planKnocks(order, machine.clock.unixMs() / 1000, firstNonce, sequence);
  debug(`window ${plan.window}, nonce ${plan.nonce}, ports ${portsOf(plan).join(' ')}`);
  return plan;
}

/** To the millisecond: nobody reads more. */
function toSeconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}

function printJson(run: KnockRun, machine: Machine, result: Readonly<Record<string, unknown>>): void {
  machine.output.stdout(`${JSON.stringify({ ok: true, ...describeRun(run, result) })}\n`);
}

/** The fields of the JSON object, but for `ok`, `error` and `hint`. Never the key. */
function describeRun({ options, target, route, order, hints }: KnockRun, result: Readonly<Record<string, unknown>>) {
  return {
    server: target.name ?? null,
    host: target.host,
    address: route?.serverAddress ?? null,
    basePort: order.basePort,
    transport: options.transport,
    port: options.port,
    time: options.time,
    claimedAddress: order.claimedAddress,
    ...result,
    hints,
  };
}
