// What a single packet may have, case by case.

import type { SpaRequest } from '@eightknock/codec/spa';
import test from 'ava';
import { decideAsked, type SpaDoorConfig } from '#src/authorise/decide-asked.js';
import type { RunAction } from '#src/config/door-config.js';

const NOW = 1_800_000_000_000;
const SOURCE = '198.51.100.7';
const SSH = { protocol: 'tcp', port: 22 } as const;
const WEB = { protocol: 'tcp', port: 8080 } as const;
const INNER = { address: '10.0.0.5', port: 80, masquerade: true };
const RUN: RunAction = { kind: 'run', argv: ['/bin/true'], user: 'root', timeoutSeconds: 1, overlap: false };

const DOOR: SpaDoorConfig = {
  name: 'carol',
  kind: 'spa',
  port: 62201,
  key: { encryptionKey: new Uint8Array(1), hmacKey: new Uint8Array(1), hmacHash: 'sha256' },
  requireAddress: false,
  action: {
    kind: 'ask',
    ports: [SSH],
    seconds: 30,
    maxSeconds: 600,
    targets: [INNER],
    targetPorts: [WEB],
    commands: { 'make it': RUN },
  },
};
const ACCESS: SpaRequest = { kind: 'access', address: 'source', ports: [SSH] };
const NAT: SpaRequest = { kind: 'nat-access', address: SOURCE, ports: [WEB], target: { host: '10.0.0.5', port: 80 } };
const LOCAL: SpaRequest = { kind: 'local-nat', address: SOURCE, ports: [WEB], target: { host: 'gw', port: 22 } };
const COMMAND: SpaRequest = { kind: 'command', address: 'source', command: 'make it' };

function decide(request: SpaRequest, door: Partial<SpaDoorConfig> = {}, source = SOURCE, user = 'carol') {
  return decideAsked({ ...DOOR, ...door }, { request, user, destinationAddress: '192.0.2.1' }, source, NOW);
}

test('access: for as long as the door says', (t) => {
  const common = { client: 'door:carol', door: 'carol', shortened: false };
  t.deepEqual(decide(ACCESS), { ...common, address: SOURCE, ports: [SSH], action: 'open', endMs: NOW + 30_000 });
  t.like(decide({ ...ACCESS, address: '203.0.113.9' }), { address: '203.0.113.9' });
  t.like(decide(ACCESS, {}, '2001:db8::7'), { address: '2001:db8::7' });
});

test('access: for as long as it asks, up to the most', (t) => {
  t.like(decide({ ...ACCESS, timeoutSeconds: 300 }), { endMs: NOW + 300_000, shortened: false });
  t.like(decide({ ...ACCESS, timeoutSeconds: 601 }), { endMs: NOW + 600_000, shortened: true });
  t.like(decide({ ...ACCESS, timeoutSeconds: 0 }), { endMs: NOW + 30_000, shortened: false });
  t.like(decide(ACCESS, { expiresMs: NOW + 10_000 }), { endMs: NOW + 10_000, shortened: true });
});

test('NAT', (t) => {
  t.like(decide(NAT), { action: 'forward', ports: [WEB], target: INNER, endMs: NOW + 30_000 });
  const own = { address: '192.0.2.1', port: 22, masquerade: false };
  t.like(decide(LOCAL), { action: 'forward', ports: [WEB], target: own });
});

test('a command', (t) => t.like(decide(COMMAND), { action: 'run', run: RUN, ports: [] }));

const denials: readonly (readonly [string, ReturnType<typeof decide>])[] = [
  ['door-expired', decide(ACCESS, { expiresMs: NOW })],
  ['user-not-allowed', decide(ACCESS, { user: 'dave' })],
  ['address-missing', decide(ACCESS, { requireAddress: true })],
  ['port-not-allowed', decide({ ...ACCESS, ports: [SSH, WEB] })],
  ['port-not-allowed', decide({ ...ACCESS, ports: [{ protocol: 'udp', port: 22 }] })],
  ['port-not-allowed', decide({ ...NAT, ports: [SSH] } as SpaRequest)],
  ['port-not-allowed', decide({ ...NAT, ports: [WEB, WEB] } as SpaRequest)],
  ['no-target', decide({ ...NAT, target: { host: '10.0.0.6', port: 80 } } as SpaRequest)],
  ['no-target', decide({ ...NAT, target: { host: '10.0.0.5', port: 81 } } as SpaRequest)],
  ['no-target', decide({ ...NAT, address: 'source' } as SpaRequest, {}, '2001:db8::7')],
  ['no-target', decide({ ...LOCAL, target: { host: 'gw', port: 23 } } as SpaRequest)],
  ['command-not-allowed', decide({ ...COMMAND, command: 'make it; rm -rf /' })],
  ['command-not-allowed', decide({ ...COMMAND, command: '__proto__' })],
];
for (const [i, [reason, decided]] of denials.entries()) {
  test(`denied ${i}: ${reason}`, (t) => t.deepEqual(decided, { reason } as typeof decided));
}
