// Opens the store's file as another program would, says "ok" or SQLite's refusal: node look-into-store.js STATE_DIR
// Started by test/store/open-store.test.ts.

import { isDatabaseError, openDatabase } from '#src/store/database.js';

const [stateDir = ''] = process.argv.slice(2);
try {
  openDatabase(`${stateDir}/state.db`).close();
  process.stdout.write('ok');
} catch (error) {
  process.stdout.write(isDatabaseError(error) ? error.code : String(error));
}
