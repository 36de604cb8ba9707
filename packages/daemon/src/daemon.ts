// The composition root: connects the parts, and does what is asked of a running daemon. Which request is granted is
// decided elsewhere.

import { formatTransportPort } from '@eightknock/codec';
import type { Actions } from './act/action.ts';
import { DoorKeeper } from './act/door-keeper.ts';
import type { Firewall, FirewallPlan, LiveSession } from './act/firewall.ts';
import { HoldPorts } from './act/hold-ports.ts';
import { Hooks } from './act/hooks.ts';
import { Jobs } from './act/jobs.ts';
import { liveSessions, MAX_SESSIONS } from './act/live-sessions.ts';
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
import { guardedPorts } from './config/guarded-ports.ts';
import { ConfigError, type Problem } from './config/problem.ts';
import type { ActionFailure, ControlActions, Status } from './control/control-actions.ts';
import { DoorSet } from './door-set.ts';
import { GrantKeeper } from './grant-keeper.ts';
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
  describeStore,
} from './log-lines.ts';
import type { Observer } from './observer.ts';
import type { KnockEvent } from './packet/knock-event.ts';
import { type Outcome, type Pipeline, takeKnock } from './pipeline.ts';
import { EncryptedDoor } from './recognise/encrypted.ts';
import { keepDeriving } from './recognise/keep-deriving.ts';
import type { Recogniser, Trace } from './recognise/recogniser.ts';
import { RepeatBudget } from './recognise/repeat-budget.ts';
import type { Recorder } from './recorder.ts';
import { type LoadedForDaemon, needsRestart } from './reload.ts';
import { Rescue } from './rescue.ts';
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
/** One-time sequences of a door: with so few left it is time for new ones. */
const FEW_LINES = 5;
const monotonicMs = () => performance.now();

/** A running daemon. */
export class Daemon implements ControlActions {
  readonly #parts: DaemonParts;
  readonly #observers: Observer[];
  readonly #startedMs = systemClock.nowMs();
  readonly #door: EncryptedDoor;
  readonly #doors: DoorKeeper;
  readonly #doorSet: DoorSet;
  readonly #jobs: Jobs;
  readonly #run: RunProgram;
  readonly #hooks: Hooks;
  readonly #actions: Actions;
  readonly #repeats = new RepeatBudget();
  readonly #grants: GrantKeeper;
  readonly #captures: Captures;
  readonly #stops: (() => void)[] = [];
  #config: Config;
  /** The pipelines' common part, and those of the doors that were knocked on since it was made. */
  #pipeline: Omit<Pipeline, 'door'>;
  #pipelines = new Map<Recogniser, Pipeline>();
  #rescue: Rescue | undefined;
  /** Connections that are older than the guard: looked up once, as later ones may be strangers'. */
  #sessions: readonly LiveSession[];
  #restored = 0;
  #firewallError: string | undefined;
  #storeError: string | undefined;
  #unwritten = 0;
  #expiryLookedAtMs = systemClock.nowMs();

  constructor(parts: DaemonParts) {
    const { config, store, firewall, recorder } = parts;
    this.#parts = parts;
    this.#config = config;
    this.#sessions = liveSessions(guardedPorts(config));
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
      plan: () => this.#plan(),
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
    const say = (line: LogLine) => recorder.say(line);
    this.#jobs = new Jobs({ start: parts.test ? startNothing : startProgram, later, say });
    const onStop = (door: string, address: string) => this.#tell((observer) => observer.onStop?.(door, address));
    const onFailed = (door: string, how: string) => this.#tell((observer) => observer.onFailed?.(door, how));
    this.#run = new RunProgram({ jobs: this.#jobs, store, say, onStop, onFailed });
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
   * @param rescue the guard lapses after so many minutes unless it is confirmed; `onLapsed` is called when it did
   * @throws FirewallError when the kernel refuses; nothing was begun then
   */
  start(rescue?: { readonly minutes: number; readonly onLapsed: () => void }): void {
    const { recorder, store, test, firewall } = this.#parts;
    if (rescue) {
      this.#rescue = new Rescue(rescue.minutes, monotonicMs, later, () => {
        this.#doors.stop();
        firewall.remove();
        recorder.say(describeRescueEnd(false));
        rescue.onLapsed();
      });
    }
    this.#doors.watch();
    this.#doors.install();
    this.#rememberGuard();
    this.#grants.withdraw(this.#pipeline.access);
    const grants = store.countGrants(systemClock.nowMs());
    recorder.say(describeStart(this.#plan(), this.#configured(), grants, test));
    if (rescue) recorder.say(describeRescue(rescue.minutes));
    const tick = setInterval(() => this.#tick(), TICK_MS);
    this.#stops.push(() => clearInterval(tick), keepDeriving(this.#door, systemClock, later));
    const newest = store.grants({}, MAX_KNOWN, systemClock.nowMs());
    for (const { sourceAddress } of [...newest].reverse()) this.#captures.know(sourceAddress);
    this.#captures.listen(this.#config, this.#doorSet.wanted);
  }

  /** Ends; guard and open doors stay in the kernel. */
  stop(): void {
    this.#captures.stop();
    this.#doors.stop();
    this.#rescue?.stop();
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
    const rescueMs = this.#rescue?.remainingMs();
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
        guarded: guardedPorts(this.#config).map(formatTransportPort),
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
    if (!this.#rescue?.confirm()) {
      return { error: 'there is nothing to confirm', hint: 'it ends what "knockdaemon run --rescue MINUTES" began' };
    }
    const error = this.#doors.restore();
    if (error) return { error: `the guard cannot be put in place: ${error.message}; it is tried again` };
    this.#rememberGuard();
    this.#parts.recorder.say(describeRescueEnd(true));
    return { confirmed: true };
  }

  async reload(): Promise<readonly Problem[]> {
    const problems = await this.#reload();
    for (const problem of problems) this.#parts.recorder.say(describeReloadProblem(problem));
    return problems;
  }

  async #reload(): Promise<readonly Problem[]> {
    let loaded: LoadedForDaemon;
    try {
      loaded = await this.#parts.load();
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    const problems = needsRestart(this.#config, loaded);
    if (problems.length > 0) return problems;
    const { config, onTaken } = loaded;
    const known = new Set(guardedPorts(this.#config).map(formatTransportPort));
    const fresh = guardedPorts(config).filter((port) => !known.has(formatTransportPort(port)));
    this.#sessions = [...this.#sessions, ...liveSessions(fresh)].slice(-MAX_SESSIONS);
    this.#config = config;
    onTaken?.();
    this.#door.reconfigure(config);
    this.#doorSet.reconfigure(config);
    this.#hooks.reconfigure(config.hooks);
    this.#pipeline = this.#buildPipeline();
    this.#grants.withdraw(this.#pipeline.access);
    const error = this.#doors.restore();
    if (error) this.#tableRestored(error);
    this.#rememberGuard();
    this.#captures.listen(config, this.#doorSet.wanted);
    this.#parts.recorder.say(describeReload(this.#plan(), this.#configured()));
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
    for (const { recogniser: door } of this.#doorSet.of(event)) {
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

  #tick(): void {
    const { store, recorder } = this.#parts;
    this.#grants.lookAtClock();
    if (this.#hasExpiredClient()) this.#grants.withdraw(this.#pipeline.access);
    store.flush(systemClock.nowMs());
    const ended = store.takeEnded();
    if (ended.length > 0) this.#tell((observer) => observer.onEnded?.(ended));
    this.#run.runDue(systemClock.nowMs());
    this.#countUnwritten(store.droppedEntries);
    const condition = store.condition();
    const error = condition.writable ? undefined : condition.message;
    if (error !== this.#storeError) recorder.say(describeStore(error));
    this.#storeError = error;
  }

  /** Has a client expired since the last look? A grant may be older than the configuration that says when. */
  #hasExpiredClient(): boolean {
    const [from, to] = [this.#expiryLookedAtMs, systemClock.nowMs()];
    this.#expiryLookedAtMs = to;
    return this.#config.clients.some(({ expiresMs }) => expiresMs !== undefined && expiresMs > from && expiresMs <= to);
  }

  /** Lines of the audit trail that were left out. */
  #countUnwritten(total: number): void {
    if (total > this.#unwritten) this.#tell((observer) => observer.onDropped?.('audit-entry', total - this.#unwritten));
    this.#unwritten = total;
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

  #plan(): FirewallPlan {
    const { guard: _, ...rest } = this.#config.firewall;
    const guarded = guardedPorts(this.#config);
    const guardMs = this.#rescue?.remainingMs();
    const forwards = this.#config.doors.some(({ action }) => 'targets' in action);
    return { ...rest, guarded, forwards, sessions: this.#sessions, ...(guardMs !== undefined && { guardMs }) };
  }

  /** Not while it may lapse: then it is not what is wanted for good. */
  #rememberGuard(): void {
    if (this.#rescue?.remainingMs() !== undefined) return;
    const why = this.#parts.lastGuard?.remember(this.#plan());
    if (why !== undefined) this.#parts.recorder.say(describeGuardUnwritten(why));
  }
}
