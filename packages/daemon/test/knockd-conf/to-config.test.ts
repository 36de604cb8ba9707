import test from 'ava';
import { parseKnockdConf } from '#src/knockd-conf/parse.js';
import { configAround, toDoors } from '#src/knockd-conf/to-config.js';

function doors(text: string, taken: readonly string[] = []) {
  const { conf } = parseKnockdConf(text, 'knockd.conf');
  if (!conf) throw new Error('it is wrong');
  return toDoors(conf, taken);
}

const RUN = { kind: 'run', user: 'root', timeoutSeconds: 86_400, overlap: true } as const;

test('a section becomes a door that does the same', (t) => {
  const [first] = doors(
    '[open it]\nsequence=7000,8000:udp\nseq_timeout=5\ntcpflags=syn,!ack\ntarget=::1\ncommand=/x %IP%\ncommand_6=a|b\nstop_command=/y\ncmd_timeout=0',
  );
  const stop = { argv: ['/y'], afterSeconds: 1 };
  t.deepEqual(first as unknown, {
    label: 'open it',
    door: {
      name: 'open-it',
      kind: 'sequence',
      knocks: [
        { protocol: 'tcp', port: 7000 },
        { protocol: 'udp', port: 8000 },
      ],
      timeoutMs: 5000,
      tcpFlags: { mask: 18, value: 2 },
      target: '::1',
      order: 'strict',
      source: 'same',
      action: {
        ...RUN,
        argv: ['/x', '%IP%'],
        stop,
        families: { ipv4: { argv: ['/x', '%IP%'], stop }, ipv6: { argv: ['/bin/sh', '-c', 'a|b'], stop } },
      },
    },
  });
});

test('a family without a command has none, also where both have none', (t) => {
  const families = (lines: string) => {
    const [one] = doors(`[A]\nsequence=1\n${lines}`);
    return one?.door.action.kind === 'run' && one.door.action.families;
  };
  t.deepEqual(families('command=/x\ncommand_6='), { ipv4: { argv: ['/x'] } });
  t.deepEqual(families('command_6=/x'), { ipv6: { argv: ['/x'] } });
  t.deepEqual(families(''), {});
});

test('a file of one-time sequences stays one, and names do not clash with doors that are there', (t) => {
  const [first, second] = doors('[ssh]\none_time_sequences=/etc/list\n[ssh]\nsequence=1', ['ssh']);
  t.like(first?.door, { kind: 'one-time', file: '/etc/list', name: 'ssh-2' });
  t.like(second, { label: 'ssh', door: { name: 'ssh-3' } });
});

test('alone it listens where the file says, and its firewall drops nothing', (t) => {
  t.like(configAround({ interfaceName: 'ens3' }, 'gw'), { interfaces: ['ens3'], serverId: 'gw', clients: [] });
  const { interfaces, firewall } = configAround({}, 'gw');
  t.deepEqual(interfaces, ['any']);
  t.like(firewall, { mode: 'mark', guard: [] });
});
