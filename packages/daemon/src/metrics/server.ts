// Serves one text over HTTP: GET and HEAD of /metrics, nothing else. Bounded in connections, time and size of a request,
// and the text is made at most once a second, however many ask. A port that is taken is tried again; nothing here ends
// the daemon.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Later } from '../clock.ts';
import type { ListenAddress } from '../config/config.ts';

/** Connections at once; more are closed unanswered. */
export const MAX_CONNECTIONS = 8;
/** Headers, and the whole request, must come within this time; so must the answer be taken. */
export const REQUEST_TIMEOUT_MS = 5000;
/** All headers together. */
export const MAX_HEADER_BYTES = 4096;
/** A text is given again within this time. */
export const TEXT_LIFETIME_MS = 1000;
/** A port that cannot be listened on is tried again after that time, then after twice that, … */
export const RETRY_FIRST_MS = 1000;
/** … at the latest after that. */
export const RETRY_MOST_MS = 60_000;

/** How the server stands. */
export type MetricsState =
  | { readonly state: 'listening' }
  /** It is tried again. */
  | { readonly state: 'failed'; readonly code: string; readonly message: string };

/** What the server needs of the world. */
export interface MetricsEdge {
  readonly after: Later;
  /** Milliseconds; only differences count. */
  nowMs(): number;
  /** Only when it has changed. */
  onState(listen: ListenAddress, state: MetricsState): void;
}

/** What is served. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** The server. */
export class MetricsServer {
  readonly #listen: ListenAddress;
  readonly #content: MetricsText;
  readonly #edge: MetricsEdge;
  #server: Server | undefined;
  #cancelTimer: (() => void) | undefined;
  #backoffMs = RETRY_FIRST_MS;
  #said: string | undefined;
  #stopped = false;
  #made: { readonly atMs: number; readonly text: Promise<string> } | undefined;

  constructor(listen: ListenAddress, content: MetricsText, edge: MetricsEdge) {
    this.#listen = listen;
    this.#content = content;
    this.#edge = edge;
  }

  /** Begins to listen, now or as soon as that can be. */
  start(): void {
    if (this.#stopped) return;
    const server = createServer(
      {
        headersTimeout: REQUEST_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        // How often the two are looked at; the default is 30 s.
        connectionsCheckingInterval: 1000,
        maxHeaderSize: MAX_HEADER_BYTES,
      },
      (request, response) => void this.#answer(request, response),
    );
    server.maxConnections = MAX_CONNECTIONS;
    server.timeout = REQUEST_TIMEOUT_MS;
    server.on('listening', () => {
      this.#backoffMs = RETRY_FIRST_MS;
      this.#say({ state: 'listening' });
    });
    server.on('error', (error: NodeJS.ErrnoException) => {
      this.#say({ state: 'failed', code: error.code ?? 'unknown', message: error.message });
      if (this.#stopped || server !== this.#server || server.listening) return;
      this.#cancelTimer = this.#edge.after(this.#backoffMs, () => this.start());
      this.#backoffMs = Math.min(this.#backoffMs * 2, RETRY_MOST_MS);
    });
    this.#server = server;
    const { address, port } = this.#listen;
    server.listen({ host: address, port, ipv6Only: true, backlog: MAX_CONNECTIONS });
  }

  /** Ends for good, connections included. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  async #answer({ url = '', method = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    // One request for each connection: nobody keeps one of the few.
    response.setHeader('Connection', 'close');
    const [path] = url.split('?');
    if (path !== '/metrics') return refuse(response, 404);
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, { Allow: 'GET, HEAD' });
    try {
      const text = await this.#text();
      const headers = { 'Content-Type': this.#content.contentType, 'Content-Length': Buffer.byteLength(text) };
      response.writeHead(200, headers).end(method === 'HEAD' ? undefined : text);
    } catch {
      refuse(response, 500);
    }
  }

  #text(): Promise<string> {
    const nowMs = this.#edge.nowMs();
    if (!this.#made || nowMs - this.#made.atMs >= TEXT_LIFETIME_MS) {
      this.#made = { atMs: nowMs, text: this.#content.text() };
    }
    return this.#made.text;
  }

  #say(state: MetricsState): void {
    const said = JSON.stringify(state);
    if (said === this.#said) return;
    this.#said = said;
    this.#edge.onState(this.#listen, state);
  }
}

function refuse(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...headers, 'Content-Length': 0 }).end();
}
