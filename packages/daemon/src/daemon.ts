// The composition root: connects the parts, and does what is asked of a running daemon. Which request is granted is
// decided elsewhere.

import type { Actions } from './act/action.ts';
import { DoorKeeper } from './act/door-keeper.ts';
import type { Firewall } from './act/firewall.ts';
import { HoldPorts } from './act/hold-ports.ts';
import { Hooks } from './act/hooks.ts';
import { Jobs } from './act/jobs.ts';
import { RunProgram } from './act/run-program.ts';
import { startNothing, startProgram } from './act/start-program.ts';
import { AuditTrail } from './audit-trail.ts';
import { accessOf } from './authorise/decide.ts';
import { MAX_KNOWN } from './capture/shed-filter.ts';
import type { CaptureListener } from './capture/supervisor.ts';
import { Captures } from './captures.ts';
import { ClaimDesk } from './claim-desk.ts';
import { later, systemClock } from './clock.ts';
import { ClockSteps } from './clock-steps.ts';
import type { Config } from './config/config.ts';
import { ConfigError, type Problem } from './config/problem.ts';
import type { ActionFailure, ControlActions, Status } from './control/control-actions.ts';
import { DoorSet } from './door-set.ts';
import { GrantKeeper } from './grant-keeper.ts';
import { Guard } from './guard.ts';
import { Housekeeping } from './housekeeping.ts';
import type { LastGuard } from './last-guard.ts';
import type { LogLine } from './log.ts';
import {
  describeGuardUnwritten,
  describeLinesLeft,
  describeReload,
  describeReloadProblem,
  describeRescue,
  describeRescueEnd,
  describeStart,
} from './log-lines.ts';
import type { Observer } from './observer.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { KnockEvent } from './packet/knock-event.ts';
import { type Outcome, type Pipeline, takeKnock } from './pipeline.ts';
import { EncryptedDoor } from './recognise/encrypted.ts';
import { keepDeriving } from './recognise/keep-deriving.ts';
import type { Recogniser, Trace } from './recognise/recogniser.ts';
import { RepeatBudget } from './recognise/repeat-budget.ts';
import type { Recorder } from './recorder.ts';
import { type LoadedForDaemon, needsRestart } from './reload.ts';
import type { AuditEntry, AuditQuery, GrantFilter, LiveGrant, Store } from './store/store.ts';
import { VERSION } from './version.ts';

/** What the daemon is built from. */
export interface DaemonParts {
  readonly config: Config;
  /** Reads the configuration again. @throws ConfigError */
  readonly load: () => Promise<LoadedForDaemon>;
  readonly firewall: Firewall;
  readonly store: Store;
  readonly recorder: Recorder;
  /** Where the guard is written down; absent: nowhere. */
  readonly lastGuard?: Pick<LastGuard, 'remember'>;
  /** `--test`: nothing is opened or closed. */
  readonly test: boolean;
  /** `--debug`: whose knocks are followed in the log, an address or `all`; absent: nobody's. */
  readonly traced?: string;
}

const TICK_MS = 1000;
/** One-time sequences of a door: when no more than this are left it is time for new ones. */
const FEW_LINES = 5;
const monotonicMs = () => performance.now();

/** A running daemon. */
export class Daemon implements ControlActions {
  readonly #parts: DaemonParts;
  readonly #observers: Observer[];
  readonly #startedMs = systemClock.nowMs();
  readonly #door: EncryptedDoor;
  readonly #guard: Guard;
  readonly #doors: DoorKeeper;
  readonly #doorSet: DoorSet;
  readonly #jobs: Jobs;
  readonly #run: RunProgram;
  readonly #hooks: Hooks;
  readonly #actions: Actions;
  readonly #repeats = new RepeatBudget();
  readonly #grants: GrantKeeper;
  readonly #captures: Captures;
  readonly #housekeeping: Housekeeping;
  readonly #stops: (() => void)[] = [];
  readonly #reloads = new OneAtATime(async () => {
    const problems = await this.#reload();
    for (const problem of problems) this.#parts.recorder.say(describeReloadProblem(problem));
    return problems;
  });
  #config: Config;
  /** The pipelines' common part, and those of the doors that were knocked on since it was made. */
  #pipeline: Omit<Pipeline, 'door'>;
  #pipelines = new Map<Recogniser, Pipeline>();
  #restored = 0;
  #firewallError: string | undefined;
  #isStopped = false;

  constructor(parts: DaemonParts) {
    const { config, store, firewall, recorder, lastGuard } = parts;
    const say = (line: LogLine) => recorder.say(line);
    this.#parts = parts;
    this.#config = config;
    const onUnwritten = (why: string) => say(describeGuardUnwritten(why));
    this.#guard = new Guard(config, { lastGuard, later, monotonicMs, onUnwritten });
    this.#observers = [recorder, new AuditTrail(store, systemClock)];
    this.#door = new EncryptedDoor({
      ...config,
      later,
      onLate: (unrecognised) => this.#conclude({ kind: 'unrecognised', unrecognised }),
    });
    this.#doors = new DoorKeeper({
      firewall,
      store,
      clock: systemClock,
      plan: () => this.#guard.plan(),
      onRestored: (error) => this.#tableRestored(error),
    });
    const steps = new ClockSteps(systemClock, monotonicMs);
    this.#grants = new GrantKeeper({
      store,
      doors: this.#doors,
      recorder,
      clock: systemClock,
      steps,
      onEnded: (grants) => this.#tell((observer) => observer.onEnded?.(grants)),
    });
    this.#jobs = new Jobs({ start: parts.test ? startNothing : startProgram, later, say });
    const onStop = (door: string, address: string) => this.#tell((observer) => observer.onStop?.(door, address));
    const onFailed = (door: string, how: string) => this.#tell((observer) => observer.onFailed?.(door, how));
    this.#run = new RunProgram({ jobs: this.#jobs, store, say, onStop, onFailed });
    this.#housekeeping = new Housekeeping({
      store,
      grants: this.#grants,
      run: this.#run,
      clock: systemClock,
      clients: () => this.#config.clients,
      onExpired: () => this.#grants.withdraw(this.#pipeline.access),
      say,
      tell: (how) => this.#tell(how),
    });
    const onDropped = (count: number) => recorder.onDropped('hook', count);
    this.#hooks = new Hooks({ jobs: this.#jobs, clock: systemClock, say, onDropped }, config.hooks);
    this.#observers.push(this.#hooks);
    const hold = new HoldPorts(this.#doors);
    this.#actions = { open: hold, close: hold, forward: hold, run: this.#run };
    this.#doorSet = new DoorSet(this.#door, config, !parts.test, (door, source, stage) =>
      this.#tell((observer) => observer.onStage?.(door, source, stage)),
    );
    this.#pipeline = this.#buildPipeline();
    const listener: CaptureListener = {
      onKnock: (event) => this.#take(event),
      onState: (device, state) => this.#tell((observer) => observer.onCaptureState?.(device, state)),
      onDropped: (reason, count) => this.#tell((observer) => observer.onDropped?.(reason, count)),
      onShedding: (device, load) => this.#tell((observer) => observer.onShedding?.(device, load)),
    };
    // Who looks for what is wrong wants to see every knock.
    this.#captures = new Captures(listener, parts.traced === undefined);
  }

  /** One more who is told of everything; before {@link start}. */
  observe(observer: Observer): void {
    this.#observers.push(observer);
  }

  /**
   * Puts the guard in place, restores the open doors, and listens.
   * @param rescue the guard lapses after its minutes unless it is confirmed; `onLapsed` is called when it did
   * @throws FirewallError when the kernel refuses; nothing was begun then
   */
  start(rescue?: { readonly minutes: number; readonly onLapsed: () => void }): void {
    const { recorder, store, test, firewall } = this.#parts;
    if (rescue) {
      this.#guard.beginRescue(rescue.minutes, () => {
        this.#doors.stop();
        firewall.remove();
        recorder.say(describeRescueEnd(false));
        rescue.onLapsed();
      });
    }
    this.#doors.watch();
    this.#doors.install();
    this.#guard.remember();
    this.#grants.withdraw(this.#pipeline.access);
    const grants = store.countGrants(systemClock.nowMs());
    recorder.say(describeStart(this.#guard.plan(), this.#configured(), grants, test));
    if (rescue) recorder.say(describeRescue(rescue.minutes));
    const tick = setInterval(() => this.#housekeeping.tick(), TICK_MS);
    this.#stops.push(() => clearInterval(tick), keepDeriving(this.#door, systemClock, later));
    const newest = store.grants({}, MAX_KNOWN, systemClock.nowMs());
    for (const { sourceAddress } of [...newest].reverse()) this.#captures.know(sourceAddress);
    this.#captures.listen(this.#config, this.#doorSet.wanted);
  }

  /** Ends; guard and open doors stay in the kernel. */
  stop(): void {
    this.#isStopped = true;
    this.#captures.stop();
    this.#doors.stop();
    this.#guard.stop();
    this.#door.stop();
    this.#jobs.stop();
    for (const stop of this.#stops) stop();
  }

  /** Blocks decrypted since the start. */
  get decrypts(): number {
    return this.#door.counts.decrypts;
  }

  status(): Status {
    const { store, recorder, test } = this.#parts;
    const { firewall } = this.#config;
    const nowMs = systemClock.nowMs();
    const condition = store.condition();
    const rescueMs = this.#guard.remainingMs;
    return {
      version: VERSION,
      pid: process.pid,
      startedMs: this.#startedMs,
      nowMs,
      test,
      ...this.#configured(),
      captures: this.#captures.status(),
      firewall: {
        mode: firewall.mode,
        guarded: this.#guard.guarded,
        restored: this.#restored,
        ...(this.#firewallError !== undefined && { error: this.#firewallError }),
        ...(rescueMs !== undefined && { rescueEndMs: nowMs + rescueMs }),
      },
      store: condition.writable ? { writable: true } : { writable: false, message: condition.message },
      grants: store.countGrants(nowMs),
      sources: this.#door.sources,
      counts: recorder.counts(),
      memoryBytes: process.memoryUsage.rss(),
    };
  }

  grants(filter: GrantFilter, limit: number): { readonly total: number; readonly grants: readonly LiveGrant[] } {
    return this.#grants.list(filter, limit);
  }

  revoke(filter: GrantFilter): { readonly revoked: readonly LiveGrant[] } | ActionFailure {
    return this.#grants.revoke(filter, 'by the administrator');
  }

  audit(query: AuditQuery): readonly AuditEntry[] {
    return this.#parts.store.audit(query);
  }

  confirm(): { readonly confirmed: true } | ActionFailure {
    if (!this.#guard.confirm()) {
      return { error: 'there is nothing to confirm', hint: 'it ends what "knockdaemon run --rescue MINUTES" began' };
    }
    const error = this.#doors.restore();
    if (error) return { error: `the guard cannot be put in place: ${error.message}; it is tried again` };
    this.#guard.remember();
    this.#parts.recorder.say(describeRescueEnd(true));
    return { confirmed: true };
  }

  /** Who asks while it reloads is answered by the next one: what was read by then may be out of date. */
  reload(): Promise<readonly Problem[]> {
    return this.#reloads.ask();
  }

  async #reload(): Promise<readonly Problem[]> {
    let loaded: LoadedForDaemon;
    try {
      loaded = await this.#parts.load();
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    // Meanwhile it may have been stopped: nothing is begun any more.
    if (this.#isStopped) return [];
    const problems = needsRestart(this.#config, loaded);
    if (problems.length > 0) return problems;
    const { config, onTaken } = loaded;
    this.#guard.reconfigure(config);
    this.#config = config;
    onTaken?.();
    this.#door.reconfigure(config);
    this.#doorSet.reconfigure(config);
    this.#hooks.reconfigure(config.hooks);
    this.#pipeline = this.#buildPipeline();
    this.#grants.withdraw(this.#pipeline.access);
    const error = this.#doors.restore();
    if (error) this.#tableRestored(error);
    this.#guard.remember();
    this.#captures.listen(config, this.#doorSet.wanted);
    this.#parts.recorder.say(describeReload(this.#guard.plan(), this.#configured()));
    return [];
  }

  #buildPipeline(): Omit<Pipeline, 'door'> {
    this.#pipelines = new Map();
    const claims = new ClaimDesk(this.#parts.store, this.#doorSet.files, this.#repeats);
    return { access: accessOf(this.#config), claims, actions: this.#actions, clock: systemClock };
  }

  #pipelineOf(door: Recogniser): Pipeline {
    const known = this.#pipelines.get(door);
    if (known) return known;
    const made = { ...this.#pipeline, door };
    this.#pipelines.set(door, made);
    return made;
  }

  #take(event: KnockEvent): void {
    this.#grants.lookAtClock();
    this.#tell((observer) => observer.onKnock?.(event));
    const trace = this.#traceOf(event.sourceAddress);
    for (const { recogniser: door } of this.#doorSet.hearersOf(event)) {
      const outcome = takeKnock(event, this.#pipelineOf(door), trace);
      if (outcome) this.#conclude(outcome, Math.max(0, systemClock.nowMs() - event.timeMs));
    }
  }

  /** @param tookMs absent: it was not waited for */
  #conclude(outcome: Outcome, tookMs?: number): void {
    // Not of a denial: a recorded knock may be sent again from anywhere.
    if (outcome.kind === 'granted') this.#captures.know(outcome.request.sourceAddress);
    this.#tell((observer) => observer.onOutcome?.(outcome, tookMs));
    if (outcome.kind !== 'unrecognised' && 'door' in outcome.request) this.#countLines(outcome.request.door);
  }

  #countLines(door: string): void {
    const left = this.#doorSet.linesLeft(door);
    if (left !== undefined && left <= FEW_LINES) this.#parts.recorder.say(describeLinesLeft(door, left));
  }

  #traceOf(source: string): Trace | undefined {
    const { traced, recorder } = this.#parts;
    if (traced !== 'all' && traced !== source) return undefined;
    return (stage, fields) => recorder.trace(source, stage, fields);
  }

  #tell(how: (observer: Observer) => void): void {
    for (const observer of this.#observers) how(observer);
  }

  #tableRestored(error: Error | undefined): void {
    if (error === undefined) this.#restored++;
    this.#firewallError = error?.message;
    this.#tell((observer) => observer.onRestored?.(error));
  }

  #configured(): { readonly clients: number; readonly doors?: number } {
    const { clients, doors } = this.#config;
    return { clients: clients.length, ...(doors.length > 0 && { doors: doors.length }) };
  }
}
