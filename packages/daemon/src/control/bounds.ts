// Every bound of the control socket, in one place: docs/control.md lists them, tests reach each.

/** Connections that are served at once. */
export const MAX_CONNECTIONS = 16;
/** Connections beyond those that are told that there are too many; one that comes on top is closed without a word. */
export const MAX_TURNED_AWAY = 16;
/** Bytes of a request, its line break not counted. */
export const MAX_REQUEST_BYTES = 4096;
/** Bytes of an answer, its line break not counted. */
export const MAX_ANSWER_BYTES = 1024 * 1024;
/** Grants, or lines of the audit trail, in one answer. */
export const MAX_ROWS = 1000;
/** Problems of a configuration in one answer; the rest are counted. */
export const MAX_PROBLEMS = 1000;
/** A request has to be whole this long after the connection was accepted. */
export const REQUEST_MS = 5000;
/** The daemon has this long to do it. */
export const ACTION_MS = 30_000;
/** An answer has to be fetched within this time. */
export const ANSWER_MS = 10_000;
/** A connection that was turned away has to be gone within this time. */
export const TURNED_AWAY_MS = 1000;
/** How long a command waits for the daemon. */
export const PATIENCE_MS = 10_000;
/** A reload reads files and derives keys: how long `knockdaemon reload` waits. */
export const RELOAD_PATIENCE_MS = 30_000;
/** Bytes of the path of a socket: unix(7), sun_path. */
export const MAX_SOCKET_PATH_BYTES = 107;
