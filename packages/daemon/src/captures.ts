// The captures of all sources: begun and ended as the configuration says.

import { parseAddress } from '@eightknock/codec';
import { FileFeed } from './capture/file-feed.ts';
import { captureIndex } from './capture/interface-state.ts';
import { JournalFeed } from './capture/journal-feed.ts';
import { hasJournalctl } from './capture/journalctl.ts';
import { KnownSources, knownRecord } from './capture/known-sources.ts';
import type { LineFeed } from './capture/line-feed.ts';
import { openFile } from './capture/open-file.ts';
import { formatSource } from './capture/source-name.ts';
import { spawnCapture, spawnJournalctl } from './capture/spawn.ts';
import { type CaptureListener, CaptureSupervisor } from './capture/supervisor.ts';
import { later, systemClock } from './clock.ts';
import type { Config } from './config/config.ts';
import type { CaptureStatus } from './control/control-actions.ts';
import { formatWanted, type Wanted } from './packet/wanted.ts';

/** What the configuration says of them. */
export type CaptureSettings = Pick<Config, 'interfaces' | 'source' | 'logPattern'>;

/** A supervisor, and what it needs besides. */
interface Capture {
  readonly supervisor: CaptureSupervisor;
  readonly feed?: LineFeed;
}

const monotonicMs = () => performance.now();

/** One supervisor for each interface, or for the one other source. */
export class Captures {
  readonly #listener: CaptureListener;
  readonly #gated: boolean;
  #captures = new Map<string, Capture>();
  #common: string | undefined;
  readonly #known = new KnownSources();

  /** @param gated whether knocks wait until a source has sent a sequence's worth: see capture/knock-gates.ts */
  constructor(listener: CaptureListener, gated: boolean) {
    this.#listener = listener;
    this.#gated = gated;
  }

  /** Listens as it says from now on. Sources that are listened to already are not disturbed. */
  listen(settings: CaptureSettings, wanted: Wanted): void {
    const { interfaces, source, logPattern } = settings;
    const common = JSON.stringify([formatWanted(wanted), logPattern]);
    if (common !== this.#common) this.stop();
    this.#common = common;
    const before = this.#captures;
    this.#captures = new Map();
    for (const name of source.kind === 'pcap' ? interfaces : [formatSource(source)]) {
      const capture = before.get(name) ?? this.#capture(name, settings, wanted);
      before.delete(name);
      this.#captures.set(name, capture);
    }
    for (const capture of before.values()) end(capture);
  }

  /** A source whose sequence was good: it is heard first when load is shed. At most 64 are, the newest. */
  know(sourceAddress: string): void {
    const source = parseAddress(sourceAddress);
    if (!this.#known.add(source)) return;
    for (const { supervisor } of this.#captures.values()) supervisor.tellKnown(knownRecord(source));
  }

  /** How each stands. */
  status(): readonly CaptureStatus[] {
    return [...this.#captures.values()].map(({ supervisor }) => supervisor.status());
  }

  /** Ends them all. */
  stop(): void {
    for (const capture of this.#captures.values()) end(capture);
    this.#captures.clear();
  }

  #capture(name: string, { source, logPattern }: CaptureSettings, wanted: Wanted): Capture {
    const feed = feedOf(source);
    const supervisor = new CaptureSupervisor(name, this.#listener, {
      spawn: () =>
        spawnCapture({
          device: name,
          wanted,
          gated: this.#gated,
          ...(feed && { feed }),
          ...(logPattern !== undefined && { pattern: logPattern }),
        }),
      linkIndex: (device) => {
        if (source.kind === 'pcap') return captureIndex(device);
        return feed?.problem() === undefined ? 0 : undefined;
      },
      whyMissing: () => feed?.problem(),
      knownSources: () => this.#known.records(),
      after: later,
      nowMs: monotonicMs,
      timeMs: () => systemClock.nowMs(),
    });
    supervisor.start();
    return { supervisor, ...(feed && { feed }) };
  }
}

function feedOf(source: Config['source']): LineFeed | undefined {
  if (source.kind === 'log') return new FileFeed(source.file, { open: openFile, after: later, nowMs: monotonicMs });
  return source.kind === 'journal' ? new JournalFeed(() => spawnJournalctl(), hasJournalctl) : undefined;
}

function end({ supervisor, feed }: Capture): void {
  supervisor.stop();
  feed?.close();
}
