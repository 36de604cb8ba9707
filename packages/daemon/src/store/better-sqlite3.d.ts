// The part of better-sqlite3 12 that database.ts uses; the package has no typings of its own.
declare module 'better-sqlite3' {
  type Value = string | number | bigint | Uint8Array | null;
  type Row = Readonly<Record<string, unknown>>;

  class Statement {
    run(...values: readonly Value[]): { readonly changes: number };
    get(...values: readonly Value[]): Row | undefined;
    all(...values: readonly Value[]): Row[];
    /** No other statement may be run on the database meanwhile. */
    iterate(...values: readonly Value[]): IterableIterator<Row>;
  }
  class Database {
    /** `timeout`: milliseconds to wait for a lock. */
    constructor(path: string, options: { readonly timeout: number });
    prepare(sql: string): Statement;
    exec(sql: string): void;
    pragma(sql: string, options: { readonly simple: true }): unknown;
    /** Commits when the function returns, rolls back when it throws. */
    transaction<Result>(body: () => Result): { immediate(): Result };
    /** False after `close`. */
    readonly open: boolean;
    close(): void;
  }
  namespace Database {
    class SqliteError extends Error {
      /** Such as `SQLITE_FULL`. */
      readonly code: string;
    }
  }
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export default Database;
}
