import test from 'ava';
import { liveSessions, MAX_SESSIONS, parseLiveSessions } from '#src/act/live-sessions.js';
import { connectionsTo, fakeProcFiles } from './fake-proc-files.js';

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:0016 0200000A:9C40 01 00000000:00000000 02:00000000 00000000     0        0 2
   2: 0100007F:0050 0300000A:9C41 01 00000000:00000000 02:00000000 00000000     0        0 3
   3: 0100007F:0016 0400000A:9C42 06 00000000:00000000 02:00000000 00000000     0        0 4
`;
const TCP6 = `  sl  local_address                         remote_address                        st
   0: 000077FD000000000000000001000000:0016 000077FD000000000000000002000000:9C40 01 00000000:00000000
   1: 0000000000000000FFFF00000100000A:0016 0000000000000000FFFF00000200000A:9C41 01 00000000:00000000
`;

test('established connections to guarded ports are found', (t) => {
  t.deepEqual(parseLiveSessions(TCP, new Set([22])), [{ remoteAddress: '10.0.0.2', remotePort: 40000, localPort: 22 }]);
});

test('IPv6, and IPv4 on an IPv6 socket', (t) => {
  t.deepEqual(parseLiveSessions(TCP6, new Set([22])), [
    { remoteAddress: 'fd77::2', remotePort: 40000, localPort: 22 },
    { remoteAddress: '10.0.0.2', remotePort: 40001, localPort: 22 },
  ]);
});

test('lines of another shape are passed over', (t) => {
  t.deepEqual(parseLiveSessions('x\n\n  1: zz:0016 yy 01\n 2: 0100007F:0016 02:9C40 01\n', new Set([22])), []);
});

test.serial('connections of both families are taken, 4096 at most', (t) => {
  fakeProcFiles(t, { '/proc/self/net/tcp': TCP, '/proc/self/net/tcp6': TCP6 });
  t.deepEqual(
    liveSessions([{ protocol: 'tcp', port: 22 }]).map(({ remoteAddress }) => remoteAddress),
    ['10.0.0.2', 'fd77::2', '10.0.0.2'],
  );
  t.deepEqual(liveSessions([{ protocol: 'udp', port: 22 }]), []);
  fakeProcFiles(t, { '/proc/self/net/tcp': connectionsTo(22, MAX_SESSIONS + 1), '/proc/self/net/tcp6': TCP6 });
  t.is(liveSessions([{ protocol: 'tcp', port: 22 }]).length, MAX_SESSIONS);
  t.is(MAX_SESSIONS, 4096);
});
